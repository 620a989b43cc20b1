/** tinypool, whose workers import the tasks themselves. */
import { type Library, load, manyOf, tasksUrl } from "../library.ts";

export const library: Library = {
  async create(workers) {
    const { Tinypool } = await load<typeof import("tinypool")>("tinypool");
    const pool = new Tinypool({
      filename: tasksUrl().href,
      minThreads: workers,
      maxThreads: workers,
    });
    return {
      run: (name, argument) => pool.run(argument, { name }),
      runMany: manyOf((name, argument) => pool.run(argument, { name })),
      transfer: (name, value, list) => pool.run(value, { name, transferList: list as never }),
      close: () => pool.destroy(),
    };
  },
};
