/** A pool by hand, as good as a page of code makes it: workers in turn, ids, transfer lists. */
import { type Library, manyOf, sibling } from "../library.ts";
import { startThread, type Thread } from "./threads.ts";
import type { Reply } from "./postmessage_worker.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export const library: Library = {
  async create(workers) {
    const waiting = new Map<number, Waiting>();
    const settle = (reply: Reply): void => {
      const entry = waiting.get(reply.id)!;
      waiting.delete(reply.id);
      if (reply.failed) entry.reject(reply.value);
      else entry.resolve(reply.value);
    };
    const fail = (error: unknown): void => {
      for (const entry of waiting.values()) entry.reject(error);
      waiting.clear();
    };
    const url = sibling(import.meta.url, "./postmessage_worker");
    const threads: Thread[] = [];
    for (let i = 0; i < workers; i++) threads.push(await startThread(url, (data) => settle(data as Reply), fail));
    let calls = 0;
    const call = (name: string, argument: unknown, transfer?: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const id = calls++;
        waiting.set(id, { resolve, reject });
        threads[id % workers]!.postMessage({ id, name, argument }, transfer);
      });
    return {
      run: (name, argument) => call(name, argument),
      runMany: manyOf((name, argument) => call(name, argument)),
      transfer: call,
      close: () => Promise.all(threads.map((thread) => thread.terminate())),
    };
  },
};
