/** What TypeScript infers for the functions of `pool.module`: checked by `npm run check`, and run here. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { module, proxy, sharedArray, transfer } from "../../mod.ts";
import { fixture, settles, withPool } from "./_support.ts";

type Typed = typeof import("../fixtures/typed.ts");

/** Whether two types are the same type. */
type Same<T, U> = (<G>() => G extends T ? 1 : 2) extends (<G>() => G extends U ? 1 : 2) ? true : false;

/** Does not compile unless the type argument is `true`. */
function is<_ extends true>(): void {}

const url = fixture("typed");

describe("the functions of pool.module", () => {
  it("have the arguments of the module's functions, and promises of their results", () =>
    withPool({ workers: 1 }, async (pool) => {
      const tasks = pool.module<Typed>(url);
      const image = tasks.resize(new Uint8Array(10), 2);
      is<Same<typeof image, Promise<Uint8Array<ArrayBuffer>>>>();
      const counts = tasks.count(["a"]);
      is<Same<typeof counts, Promise<Map<string, number>>>>(); // not a promise of a promise
      const none = tasks.nothing();
      is<Same<typeof none, Promise<void>>>();
      is<Same<Parameters<typeof tasks.resize>, [image: Uint8Array<ArrayBuffer>, width: number, height?: number]>>();
      is<Same<ReturnType<typeof module<Typed>>, typeof tasks>>();
      assert.equal((await settles(image)).length, 4);
      assert.equal((await settles(counts)).get("a"), 1);
      assert.equal(await settles(none), undefined);
    }));

  it("take values that are transferred, shared and proxied, as what they are", () =>
    withPool({ workers: 1 }, async (pool) => {
      const tasks = pool.module<Typed>(url);
      const bytes = new Uint8Array(100);
      const moved = transfer(bytes, [bytes.buffer]);
      is<Same<typeof moved, Uint8Array<ArrayBuffer>>>();
      assert.equal((await settles(tasks.resize(moved, 3, 4))).length, 12);
      assert.equal(bytes.length, 0);
      const shared = sharedArray(Float64Array, [1, 2]);
      is<Same<typeof shared, Float64Array<SharedArrayBuffer>>>();
      assert.equal(await settles(tasks.total(shared, 3, 4)), 10);
      const seen: number[] = [];
      const progress = proxy((percent: number) => void seen.push(percent));
      is<Same<typeof progress, (percent: number) => undefined>>();
      assert.equal(await settles(tasks.report(2, progress)), 2);
      assert.deepEqual(seen, [50, 100]);
    }));

  it("keep their types with call options", () =>
    withPool({ workers: 1 }, async (pool) => {
      const tasks = pool.module<Typed>(url).with({ timeout: 60_000 });
      is<Same<typeof tasks.count, (words: readonly string[]) => Promise<Map<string, number>>>>();
      assert.equal((await settles(tasks.with({ priority: 1 }).count([]))).size, 0);
    }));

  it("do not compile when they are misused", () => {
    const misuse = (): void => {
      const tasks = module<Typed>(url);
      // @ts-expect-error the width is missing
      tasks.resize(new Uint8Array(1));
      // @ts-expect-error the width is a number
      tasks.resize(new Uint8Array(1), "2");
      // @ts-expect-error one argument too many
      tasks.resize(new Uint8Array(1), 1, 2, 3);
      // @ts-expect-error shared memory is no ArrayBuffer
      tasks.resize(sharedArray(Uint8Array, 1), 1);
      // @ts-expect-error and an ArrayBuffer is not shared memory
      tasks.total(new Float64Array(1));
      // @ts-expect-error the callback takes a number
      tasks.report(1, proxy((percent: string) => percent));
      // @ts-expect-error proxy() takes a function
      proxy(1);
      // @ts-expect-error transfer() takes an object
      transfer(1, []);
      // @ts-expect-error and a list of what moves
      transfer(new ArrayBuffer(1), new ArrayBuffer(1));
      // @ts-expect-error the result is a promise
      const length: number = tasks.resize(new Uint8Array(1), 1).length;
      // @ts-expect-error no such export
      tasks.missing();
      // @ts-expect-error an export that is no function
      tasks.version;
      // @ts-expect-error a class is no task
      tasks.NotATask;
      // @ts-expect-error no such option
      tasks.with({ retry: 1 });
      // @ts-expect-error a path is no options object
      module<Typed>({ url });
      return void length;
    };
    assert.equal(typeof misuse, "function");
  });
});
