/** piscina, whose workers import the tasks themselves. */
import { type Library, load, manyOf, sibling } from "../library.ts";

export const library: Library = {
  async create(workers) {
    const { Piscina } = await load<typeof import("piscina")>("piscina");
    const pool = new Piscina({
      filename: sibling(import.meta.url, "../tasks").href,
      minThreads: workers,
      maxThreads: workers,
    });
    return {
      run: (name, argument) => pool.run(argument, { name }),
      runMany: manyOf((name, argument) => pool.run(argument, { name })),
      transfer: (name, array) => pool.run(array, { name, transferList: [array.buffer] as never }),
      close: () => pool.destroy(),
    };
  },
};
