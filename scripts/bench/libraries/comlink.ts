/** comlink: no pool of its own, so one remote object a worker, in turn, as its users write it. */
import process from "node:process";
import type { Endpoint, Remote } from "comlink";
import { type Library, load, loadTasks, manyOf, sibling } from "../library.ts";
import type * as tasks from "../tasks.ts";
import { startThread, type Thread } from "./threads.ts";

type Functions = Record<keyof typeof tasks, (argument: unknown) => Promise<unknown>>;

const isNode = process.versions.bun === undefined && process.versions["deno"] === undefined;

/** What comlink talks to: a Web Worker, or a Node worker behind comlink's own adapter. */
export async function endpointOf(thread: unknown): Promise<Endpoint> {
  if (!isNode) return thread as Endpoint;
  const path: string = "comlink/dist/esm/node-adapter.mjs";
  return (await import(path)).default(thread);
}

export const library: Library = {
  async create(workers) {
    const { proxy, transfer, wrap } = await load<typeof import("comlink")>("comlink");
    await loadTasks(); // which may register transfer handlers, for both sides
    const threads: Thread[] = [];
    const remotes: Functions[] = [];
    const url = sibling(import.meta.url, "./comlink_worker");
    for (let i = 0; i < workers; i++) {
      let isUp = (): void => {};
      const up = new Promise<void>((resolve) => isUp = resolve);
      // comlink drops what it is sent before `expose`: the worker's first message says that it is there.
      const thread = await startThread(url, isUp, (error) => console.error(error));
      await up;
      threads.push(thread);
      remotes.push(wrap(await endpointOf(thread)) as Remote<Functions>);
    }
    let calls = 0;
    const run = (name: keyof Functions, argument: unknown): Promise<unknown> =>
      remotes[calls++ % workers]![name](argument);
    return {
      run,
      runMany: manyOf(run),
      transfer: (name, value, list) =>
        remotes[calls++ % workers]![name](transfer(value, list as Parameters<typeof transfer>[1])),
      proxy,
      close: () => Promise.all(threads.map((thread) => thread.terminate())),
    };
  },
};
