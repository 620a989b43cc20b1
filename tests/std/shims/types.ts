/** Stands in for `@std/testing/types` where JSR cannot be reached: only what tests/std uses. */

/** Fails type checking unless the type argument is the value. */
export function assertType<T extends boolean>(_expected: T): void {}

/** Whether two types are the same type. */
export type IsExact<T, U> = (<G>() => G extends T ? 1 : 2) extends (<G>() => G extends U ? 1 : 2) ? true : false;
