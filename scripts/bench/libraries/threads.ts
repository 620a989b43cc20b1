/** Workers as each runtime has them: `node:worker_threads` on Node, Web Workers on Deno and Bun. */
import process from "node:process";

/** What both kinds of worker can do. */
export interface Thread {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  terminate(): unknown;
}

type WebWorker = Thread & { onmessage: unknown; onerror: unknown };
type WebWorkerConstructor = new (url: URL, options: { type: "module" }) => WebWorker;

const isNode = process.versions.bun === undefined && process.versions["deno"] === undefined;

/** Starts a worker. */
export async function startThread(
  url: URL,
  onMessage: (data: unknown) => void,
  onError: (error: unknown) => void,
): Promise<Thread> {
  if (isNode) {
    const { Worker } = await import("node:worker_threads");
    return new Worker(url).on("message", onMessage).on("error", onError) as unknown as Thread;
  }
  const { Worker } = globalThis as unknown as { Worker: WebWorkerConstructor };
  const worker = new Worker(url, { type: "module" });
  worker.onmessage = ({ data }: { data: unknown }) => onMessage(data);
  worker.onerror = (event: { message?: string; preventDefault?(): void }) => {
    event.preventDefault?.();
    onError(new Error(event.message));
  };
  return worker;
}

/** The worker's side: listens to its parent and gives the way back. */
export async function listen(onMessage: (data: unknown) => void): Promise<Thread["postMessage"]> {
  if (isNode) {
    const { parentPort } = await import("node:worker_threads");
    parentPort!.on("message", onMessage);
    return (message, transfer) => parentPort!.postMessage(message, transfer as never);
  }
  const self = globalThis as unknown as Thread & { onmessage: unknown };
  self.onmessage = ({ data }: { data: unknown }) => onMessage(data);
  return (message, transfer) => self.postMessage(message, transfer);
}
