/** No pool at all: as many idle workers, against which idle CPU and memory are compared. */
import { type Library, sibling } from "../library.ts";
import { startThread, type Thread } from "./threads.ts";

export const library: Library = {
  async create(workers) {
    const threads: Thread[] = [];
    const url = sibling(import.meta.url, "./bare_worker");
    for (let i = 0; i < workers; i++) {
      await new Promise<void>((resolve, reject) => {
        startThread(url, () => resolve(), reject).then((thread) => threads.push(thread), reject);
      });
    }
    const refuse = (): never => {
      throw new TypeError("Cannot run a task: these workers are bare");
    };
    return {
      run: refuse,
      runMany: refuse,
      transfer: refuse,
      close: () => Promise.all(threads.map((thread) => thread.terminate())),
    };
  },
};
