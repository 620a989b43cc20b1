/**
 * Keeps the source of the worker out of what errors say. The inlined worker entry is a `data:` URL of more than 100 kB,
 * and Node names the importing module in full where an `import()` fails.
 *
 * @module
 */

/** How Node and Deno call the inlined entry; a URL of that length has no meaning to a reader. */
const WORKER_URL = /data:text\/javascript;base64,[\w+/=]{1000,}/g;

/** The text, with the name that stack frames have for the worker entry in the place of its URL. */
export function withoutWorkerSource(text: string): string {
  if (text.length < 1000 || !text.includes("data:text/javascript;base64,")) return text;
  return text.replace(WORKER_URL, "multicore-worker.js");
}
