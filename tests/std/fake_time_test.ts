/** Programs test their own timing with FakeTime: the pool below them must go on. */
import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createPool } from "../../mod.ts";

function double(value: number): number {
  return value * 2;
}

Deno.test("Pool.run() settles while the program's timers and Date are faked", async () => {
  await using pool = await createPool({ workers: 1 });
  using time = new FakeTime(0);
  let fired = false;
  setTimeout(() => fired = true, 60_000);
  assertEquals(await pool.run(double, 21), 42);
  assertEquals(fired, false);
  time.tick(60_000);
  assertEquals(fired, true);
});
