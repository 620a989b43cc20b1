/** What TypeScript infers for callers: checked by `deno check`, run so that an empty file would show. */
import { assertEquals } from "@std/assert";
import { assertType, type IsExact } from "@std/testing/types";
import { createPool, type Pool, ranges, run, runSync, Task } from "../../mod.ts";

function repeat(text: string, times: number): string {
  return text.repeat(times);
}

// deno-lint-ignore require-await
async function length(text: string): Promise<number> {
  return text.length;
}

Deno.test("ranges() gives pairs of numbers", () => {
  const pairs = ranges(10, { workers: 2 });
  assertType<IsExact<typeof pairs[number][0], number>>(true);
  assertType<IsExact<typeof pairs[number]["length"], 2>>(true);
  assertEquals(pairs.map(([start, end]) => end - start), [5, 5]);
});

Deno.test("run() infers arguments and result from the function", () => {
  const unused = (pool: Pool): void => {
    const text = pool.run(repeat, "a", 2);
    assertType<IsExact<typeof text, Promise<string>>>(true);
    const awaited = run(length, "a");
    assertType<IsExact<typeof awaited, Promise<number>>>(true);
    const now = runSync(repeat, "a", 2);
    assertType<IsExact<typeof now, string>>(true);
    // @ts-expect-error the second argument is a number
    run(repeat, "a", "2");
    // @ts-expect-error an argument is missing
    run(repeat, "a");
  };
  assertEquals(typeof unused, "function");
});

Deno.test("Task<R> takes only functions that give R", () => {
  const unused = (task: Task<string>): void => {
    const same = task.run(repeat, "a", 2);
    assertType<IsExact<typeof same, Task<string>>>(true);
    const results = task.get();
    assertType<IsExact<typeof results, Promise<string[]>>>(true);
    new Task<number>().run(length, "a");
    const created = Task.create<string>({ maxLoadAverage: 1 });
    assertType<IsExact<typeof created, Task<string> | null>>(true);
    // @ts-expect-error length gives a number
    task.run(length, "a");
  };
  assertEquals(typeof unused, "function");
});

Deno.test("createPool() gives a pool that can be disposed of", () => {
  assertType<IsExact<ReturnType<typeof createPool>, Pool>>(true);
  assertEquals(typeof createPool, "function");
});
