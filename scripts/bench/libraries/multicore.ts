/** This library. */
import process from "node:process";
import { type Library, loadTasks, sibling, tasksUrl } from "../library.ts";

type Multicore = typeof import("../../../mod.ts");

export const library: Library = {
  async create(workers) {
    const location = process.env.BENCH_LOCAL ?? sibling(import.meta.url, "../../../mod").href;
    const { createPool, proxy, sharedArray, Task, transfer } = await import(location) as Multicore;
    const functions = await loadTasks();
    const pool = createPool({ workers, modules: [tasksUrl()] });
    return {
      run: (name, argument) => pool.run(functions[name]!, argument),
      runMany: (name, args) => {
        const fn = functions[name]!;
        const promises = new Array<Promise<unknown>>(args.length);
        for (let i = 0; i < args.length; i++) promises[i] = pool.run(fn, args[i]);
        return Promise.all(promises);
      },
      transfer: (name, value, list) => pool.run(functions[name]!, transfer(value, list)),
      call: (fn, argument) => pool.run(fn as (argument: unknown) => unknown, argument),
      proxy: (callback) => proxy(callback),
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
