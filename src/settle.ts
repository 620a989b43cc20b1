/**
 * Gives errors from workers the frames of whoever asked for the result.
 *
 * @module
 */

/**
 * Rejects like `Promise.reject(error)`, with the caller's frames behind the worker's in the stack.
 *
 * They are made on failure only, since an Error a call would cost more than the call: after three
 * ticks the promise returned has been followed by the one that the caller awaits, and from there an
 * engine that knows async stacks walks up to the caller.
 */
export async function rejectWithFrames(error: unknown): Promise<never> {
  await null;
  await null;
  await null;
  appendFrames(error, new Error().stack);
  throw error;
}

/** Appends the frames of a stack to an error's own, once for each stack. */
export function appendFrames(error: unknown, stack: string | undefined): void {
  if (typeof error !== "object" || error === null || typeof stack !== "string") return;
  try {
    const own = (error as Error).stack;
    if (typeof own !== "string") return;
    const frames = stack.split("\n").filter((line) => isFrame(line) && !own.includes(line)).join("\n");
    if (frames === "") return;
    Object.defineProperty(error, "stack", {
      value: `${own}\n${frames}`,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  } catch {
    // A frozen error keeps its stack.
  }
}

/** A stack's first line on V8 is the message; the library's own frames tell the reader nothing. */
function isFrame(line: string): boolean {
  return /^\s+at |@/.test(line) && !/rejectWithFrames|settle\.[jt]s/.test(line);
}
