/** Stands in for `@std/assert` where JSR cannot be reached: only what tests/std uses. */
import assert from "node:assert/strict";

type ErrorClass<E extends Error> = new (...args: never[]) => E;

export function assertEquals<T>(actual: T, expected: T, message = "Values are not equal."): void {
  assert.deepEqual(actual, expected, message);
}

export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  messageIncludes = "",
): Promise<E> {
  const error = await Promise.resolve(fn()).then(() => assert.fail("Expected function to reject."), (error) => error);
  assert.ok(error instanceof errorClass, `Expected error to be ${errorClass.name}: received ${error}`);
  assert.ok(
    error.message.includes(messageIncludes),
    `Expected message to include ${messageIncludes}: ${error.message}`,
  );
  return error;
}
