/** workerpool on worker threads, with its tasks in a worker script. */
import { fileURLToPath } from "node:url";
import { type Library, load, manyOf, sibling } from "../library.ts";

/** What of workerpool's main module the bench uses. */
interface Workerpool {
  pool(script: string, options: Record<string, unknown>): {
    exec(
      method: string | ((argument: never) => unknown),
      args: unknown[],
      options?: { transfer?: object[] },
    ): PromiseLike<unknown>;
    terminate(force?: boolean): PromiseLike<unknown>;
  };
}

export const library: Library = {
  async create(workers) {
    const module = await load<Workerpool & { default?: Workerpool }>("workerpool");
    const pool = (module.default ?? module).pool(fileURLToPath(sibling(import.meta.url, "./workerpool_worker")), {
      workerType: "thread",
      minWorkers: workers,
      maxWorkers: workers,
    });
    const run = (name: string, argument: unknown): Promise<unknown> => pool.exec(name, [argument]) as Promise<unknown>;
    return {
      run,
      runMany: manyOf(run),
      transfer: (name, value, list) => pool.exec(name, [value], { transfer: [...list] }) as Promise<unknown>,
      call: (fn, argument) => pool.exec(fn, [argument]) as Promise<unknown>,
      close: async () => await pool.terminate(true),
    };
  },
};
