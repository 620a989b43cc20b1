/** poolifier's fixed pool of threads. */
import { fileURLToPath } from "node:url";
import { type Library, load, manyOf, sibling } from "../library.ts";

export const library: Library = {
  async create(workers) {
    const { FixedThreadPool } = await load<typeof import("poolifier")>("poolifier");
    let fail: (error: Error) => void = () => {};
    const failure = new Promise<never>((_, reject) => fail = reject);
    failure.catch(() => {});
    const pool = new FixedThreadPool<unknown, unknown>(
      workers,
      fileURLToPath(sibling(import.meta.url, "./poolifier_worker")),
      { errorHandler: fail },
    );
    return {
      run: (name, argument) => pool.execute(argument, name),
      runMany: (name, args) =>
        Promise.race([manyOf((task, argument) => pool.execute(argument, task))(name, args), failure]),
      transfer: (name, value, list) => pool.execute(value, name, undefined, list as never),
      close: () => pool.destroy(),
    };
  },
};
