/** This library. */
import process from "node:process";
import { type Library, sibling } from "../library.ts";
import * as tasks from "../tasks.ts";

type Multicore = typeof import("../../../mod.ts");
type Unary = (argument: unknown) => unknown;

export const library: Library = {
  async create(workers) {
    const location = process.env.BENCH_LOCAL ?? sibling(import.meta.url, "../../../mod").href;
    const { createPool, sharedArray, Task, transfer } = await import(location) as Multicore;
    const functions = tasks as unknown as Record<string, Unary>;
    const pool = createPool({ workers, modules: [sibling(import.meta.url, "../tasks")] });
    return {
      run: (name, argument) => pool.run(functions[name]!, argument),
      runMany: (name, args) => {
        const fn = functions[name]!;
        const promises = new Array<Promise<unknown>>(args.length);
        for (let i = 0; i < args.length; i++) promises[i] = pool.run(fn, args[i]);
        return Promise.all(promises);
      },
      transfer: (name, array) => pool.run(functions[name]!, transfer(array, [array.buffer])),
      runSync: (name, argument) => pool.runSync(functions[name]!, argument),
      runBatch: (name, args) => {
        const fn = functions[name]!;
        const task = new Task<unknown>({ pool });
        for (let i = 0; i < args.length; i++) task.run(fn, args[i]);
        return task.get();
      },
      sharedArray: (length) => sharedArray(Uint8Array, length),
      close: () => pool.close(),
    };
  },
};
