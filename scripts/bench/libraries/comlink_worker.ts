/** The worker of comlink. */
import process from "node:process";
import { load, loadTasks } from "../library.ts";
import { endpointOf } from "./comlink.ts";

const isNode = process.versions.bun === undefined && process.versions["deno"] === undefined;
const { expose } = await load<typeof import("comlink")>("comlink");
const parent = isNode ? (await import("node:worker_threads")).parentPort! : globalThis;
expose(await loadTasks(), await endpointOf(parent));
(parent as unknown as { postMessage(message: unknown): void }).postMessage("up");
