/** The functions that chaos runs in workers. */
import process from "node:process";
import { taskSignal, transfer, workerState } from "../../mod.ts";
import { checksum, flipped, type View } from "./payload.ts";

/** Counts how often tasks ran. */
export type Runs = Int32Array<SharedArrayBuffer>;
/** How a task ends its worker. */
export type Way = "exit" | "denoExit" | "close" | "throw" | "reject";

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Only who got this very `id` can know the answer. */
export function answer(id: number): number {
  return Math.imul(id ^ 0x5bd1e995, 0x01000193) >>> 0;
}

export function quick(id: number): number {
  return answer(id);
}

/** Keeps its thread busy. */
export function burn(id: number, ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return answer(id);
}

export async function nap(id: number, ms: number): Promise<number> {
  await sleep(ms);
  return answer(id);
}

export function flip(id: number, view: View, key: number): { id: number; sum: number; view: View } {
  return { id: answer(id), sum: checksum(view), view: flipped(view, key) };
}

export async function flipLater(id: number, view: View, key: number): Promise<{ id: number; sum: number; view: View }> {
  await sleep(key & 7);
  return flip(id, view, key);
}

export function echo(id: number, value: unknown): { id: number; value: unknown } {
  return { id: answer(id), value };
}

export async function echoLater(id: number, value: unknown): Promise<{ id: number; value: unknown }> {
  await sleep(id & 3);
  return echo(id, value);
}

/** Makes a result out of nothing: large results without large arguments. */
export function make(id: number, length: number): { id: number; bytes: Uint8Array } {
  return { id: answer(id), bytes: new Uint8Array(length).fill(id & 0xff) };
}

export function add(id: number, shared: Int32Array<SharedArrayBuffer>, value: number): number {
  for (let i = 0; i < shared.length; i++) Atomics.add(shared, i, value);
  return answer(id);
}

export function giveShared(id: number, shared: Int32Array): { id: number; shared: Int32Array } {
  return { id: answer(id), shared };
}

/** Gets its bytes by transfer, and moves them back. */
export function move(id: number, bytes: Uint8Array<ArrayBuffer>, key: number): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= key;
  if (bytes.length >= 4) new DataView(bytes.buffer).setUint32(bytes.byteOffset, answer(id));
  return transfer(bytes, [bytes.buffer]);
}

export function count(id: number, runs: Runs, index: number): number {
  Atomics.add(runs, index, 1);
  return answer(id);
}

export async function countLater(id: number, runs: Runs, index: number, ms: number): Promise<number> {
  Atomics.add(runs, index, 1);
  await sleep(ms);
  return answer(id);
}

/** Throws something by which the caller knows it again. */
export function raise(id: number, sort: number): never {
  const text = `chaos ${answer(id)}`;
  if (sort === 0) throw Object.assign(new RangeError(text), { code: "E_CHAOS", id: answer(id) });
  if (sort === 1) throw new TypeError(text, { cause: new Error(`cause ${answer(id)}`) });
  if (sort === 2) throw text;
  throw new AggregateError([new Error(`part ${answer(id)}`)], text);
}

export async function raiseLater(id: number, sort: number): Promise<never> {
  await sleep(id & 7);
  return raise(id, sort);
}

export function unsendable(id: number): () => number {
  return () => id;
}

// deno-lint-ignore no-explicit-any
const scope = globalThis as any;

/** Never resolves; the event loop of its worker lives on. */
function forever(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1000));
}

/** Ends its worker. */
export function die(id: number, way: Way): Promise<never> {
  if (way === "exit") process.exit(7);
  if (way === "denoExit") scope.Deno.exit(7);
  if (way === "close") scope.self.close();
  const error = new RangeError(`death ${answer(id)}`);
  if (way === "reject") Promise.reject(error);
  if (way === "throw") {
    setTimeout(() => {
      throw error;
    }, 0);
  }
  return forever();
}

export async function dieLater(id: number, way: Way): Promise<never> {
  await sleep(id & 7);
  return die(id, way);
}

/** Notes when it dies. */
export function dieNoting(id: number, way: Way, clock: Float64Array<SharedArrayBuffer>): Promise<never> {
  clock[0] = performance.timeOrigin + performance.now();
  return die(id, way);
}

/** Dies until it was tried `deaths` times. */
export async function dieAtFirst(id: number, runs: Runs, index: number, deaths: number, way: Way): Promise<number> {
  if (Atomics.add(runs, index, 1) < deaths) await die(id, way);
  return answer(id);
}

/** Heeds nothing; its end is only there to spare the machine. */
export function spin(id: number, ms: number): number {
  return burn(id, ms);
}

export async function oversleep(id: number, ms: number): Promise<number> {
  await sleep(ms);
  return answer(id);
}

/** A synchronous loop that ends when it is aborted. */
export function heed(id: number, ms: number): string {
  const signal = taskSignal();
  const end = performance.now() + ms;
  while (!signal.aborted && performance.now() < end);
  return `${id} ended by itself`;
}

/** The same for the event. */
export async function heedLater(id: number, ms: number): Promise<string> {
  const signal = taskSignal();
  const timer = setTimeout(() => {}, ms);
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  clearTimeout(timer);
  return `${id} ended by itself`;
}

/** What `setup` gives. */
export interface State {
  tasks: number;
}

export async function setup(): Promise<State> {
  await sleep(1);
  return { tasks: 0 };
}

export async function teardown(state: State): Promise<void> {
  await sleep(1);
  if (!(state.tasks >= 0)) throw new Error("the state was lost");
}

/** Counts the calls in its worker. */
export function visit(id: number): number {
  workerState<State>().tasks++;
  return answer(id);
}
