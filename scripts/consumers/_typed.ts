/** A program that uses most of the public API by its types, for compilers only. */
import type { Files } from "./_lab.ts";

export const typedProgram: Files = {
  "tasks.ts": `
export const rate = 2;
export function scale(x: number): number { return x * rate; }
export async function words(text: string): Promise<string[]> { return text.split(" "); }
`,
  "consumer.ts": `
import {
  broadcast, createPool, FunctionResolutionError, initialize, isMain, module, MulticoreError, OverloadError,
  PoolClosedError, proxy, QueueFullError, ranges, registerClass, registerCodec, registerTransformer, run, runSync,
  SerializationError, sharedArray, shutdown, Task, TaskCompletedError, taskSignal, TaskTimeoutError, transfer,
  WorkerExitError, workerState,
} from "@multicore/multicore";
import type {
  AnyFunction, CallOptions, ClassOptions, CloseOptions, CustomCodec, ElementOf, Format, GetOptions, MemoryOptions,
  ModuleFunctions, Pool, PoolOptions, PoolStats, RangesOptions, ResourceLimits, Runner, Serialization, SharedArray,
  TaskBatch, TaskFailure, TaskItem, TaskOptions, Transformer, TypedArrayType, WhenBusy,
} from "@multicore/multicore";
import "@multicore/multicore/worker";
import { scale, words } from "./tasks.js";

class Point { constructor(readonly x: number, readonly y: number) {} }
registerClass(Point, { name: "Point", serialize: (p) => [p.x, p.y], deserialize: ([x, y]: number[]) => new Point(x!, y!) });
const codec: CustomCodec = { encode: () => new Uint8Array(1), decode: (bytes) => bytes.length };
registerCodec("length", codec);
registerTransformer("date", {
  isApplicable: (value): value is Date => value instanceof Date,
  serialize: (date: Date) => date.getTime(),
  deserialize: (time: number) => new Date(time),
});

export async function consume(signal: AbortSignal): Promise<void> {
  const memory: MemoryOptions = { maxBytes: 1 << 20 };
  const options: PoolOptions = { workers: 2, modules: [import.meta.url], memory, env: { A: "1" }, signal };
  const first: Pool = await initialize(options);
  await using pool: Pool = createPool({ setup: () => ({ open: true }), teardown: (state: { open: boolean }) => state.open });
  const sum: number = await run((a: number, b: number) => a + b, 1, 2);
  const list: string[] = await pool.run(words, "a b");
  const now: number = runSync(scale, 21);
  const everywhere: number[] = await broadcast(scale, 1);
  const tasks: ModuleFunctions<typeof import("./tasks.js")> = module<typeof import("./tasks.js")>(
    new URL("./tasks.js", import.meta.url),
  );
  const scaled: number = await pool.module<typeof import("./tasks.js")>("file:///tasks.js").with({ timeout: 5 }).scale(1);
  const named: string[] = await tasks.words("a b");
  // @ts-expect-error: the argument is a number
  tasks.scale("1").catch(() => {});
  // @ts-expect-error: so it is here
  pool.run(scale, "1").catch(() => {});
  const busy: WhenBusy = "inline";
  const serialization: Serialization = { args: "json", result: "bytes" as Format };
  const call: CallOptions = { signal, timeout: 10, priority: 1, maxLoadAverage: 2, whenBusy: busy, retries: 1, serialization };
  const runner: Runner = pool.with(call);
  const task: Task<number> = new Task<number>({ pool });
  for (const [start, end] of ranges(list, { minSize: 2 } satisfies RangesOptions)) task.run(scale, start + end);
  const all: number[] = await task.get({ timeout: 5 } satisfies GetOptions);
  const batch: TaskBatch<string[]> = runner.task<string[]>().run(words, "x");
  for await (const { index, value } of batch) console.log(index, value.length);
  const settled: PromiseSettledResult<number>[] = await task.settled();
  const failure: TaskFailure | undefined = task.failure;
  const maybe: Task<number> | null = Task.create<number>({ maxLoadAverage: 1 } satisfies TaskOptions);
  const shared = sharedArray(Int32Array, 8);
  const typed: SharedArray<Int32ArrayConstructor> = shared;
  const one: number = Atomics.add(shared, 0, 1);
  const bigs = sharedArray(BigInt64Array, [1n as ElementOf<BigInt64ArrayConstructor>]);
  const bytes = new Uint8Array(4);
  const moved: Uint8Array = transfer(bytes, [bytes.buffer]);
  const callback = proxy((text: string) => console.log(text));
  const stats: PoolStats = pool.stats();
  pool.resize(stats.workers);
  await pool.ready();
  await first.close({ timeout: 5 } satisfies CloseOptions);
  await pool.terminate();
  await shutdown();
  console.log(isMain, sum, now, everywhere, scaled, named, all, settled, failure, maybe, typed, one, bigs, moved, callback);
}

export function inWorker(): boolean {
  return workerState<{ open: boolean }>().open && taskSignal().aborted;
}

export function explain(error: unknown): string {
  if (error instanceof TaskTimeoutError) return \`\${error.timeout} ms\`;
  if (error instanceof WorkerExitError) return \`\${error.workerId} \${error.exitCode} \${error.functionName}\`;
  if (error instanceof SerializationError) return error.path;
  const classes = [FunctionResolutionError, OverloadError, PoolClosedError, QueueFullError, TaskCompletedError];
  if (classes.some((each) => error instanceof each)) return "known";
  return error instanceof MulticoreError ? error.code : "another";
}
export type { AnyFunction, ClassOptions, ResourceLimits, TaskItem, Transformer, TypedArrayType };
`,
};
