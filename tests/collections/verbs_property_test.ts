/** Random collections through every verb: what comes back is what the plain loop gives. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { type CollectionOptions, createPool, type Pool, sharedArray, type Source } from "../../mod.ts";
import { settles } from "../pool/_support.ts";
import { indexes } from "./_support.ts";

const long = process.env["MULTICORE_LONG"] === "1";
const seed = Number(process.env["MULTICORE_SEED"] ?? Date.now() % 2 ** 31);
const runs = (count: number, longCount: number) => ({ numRuns: long ? longCount : count, seed });
const timeout = long ? 1_800_000 : 300_000;

/** How a source with these items is made; `n` gives its own items. */
const SOURCES: Record<string, (items: number[]) => Source<number> | number> = {
  array: (items) => items,
  float64: (items) => Float64Array.from(items),
  int16: (items) => Int16Array.from(items),
  shared: (items) => sharedArray(Float64Array, items),
  set: (items) => new Set(items),
  generator: function* (items) {
    yield* items;
  },
  asyncGenerator: async function* (items) {
    for (const item of items) {
      if (item % 13 === 1) await new Promise((resolve) => setTimeout(resolve, 0));
      yield item;
    }
  },
  promises: function* (items) {
    for (const item of items) yield item % 3 === 0 ? Promise.resolve(item) : item;
  } as (items: number[]) => Source<number>,
  stream: (items) =>
    new ReadableStream<number>({
      start(controller) {
        for (const item of items) controller.enqueue(item);
        controller.close();
      },
    }),
  n: (items) => items.length,
};

/** Functions that throw at items below 0 and at 137; those in the second place are async, but else the same. */
const MAPPED: ((x: number, i: number) => string | Promise<string>)[] = [
  (x, i) => {
    if (x < 0 || x === 137) throw new RangeError(`no ${x} at ${i}`);
    return `${x}:${i}`;
  },
  async (x, i) => {
    if (x % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    if (x < 0 || x === 137) throw new RangeError(`no ${x} at ${i}`);
    return `${x}:${i}`;
  },
];
const KEPT: ((x: number, i: number) => unknown)[] = [
  (x, i) => {
    if (x < 0 || x === 137) throw new RangeError(`no ${x} at ${i}`);
    return (x + i) % 3 === 0 ? "yes" : 0;
  },
  async (x, i) => {
    if (x % 5 === 0) await null;
    if (x < 0 || x === 137) throw new RangeError(`no ${x} at ${i}`);
    return (x + i) % 3 === 0 ? "yes" : 0;
  },
];

interface Case {
  readonly source: string;
  readonly items: number[];
  readonly isAsync: boolean;
  readonly options: CollectionOptions;
}

const options = fc.record({
  ordered: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 6 }),
  chunk: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(100)),
  buffer: fc.integer({ min: 1, max: 40 }),
}, { requiredKeys: [] });
const lengths = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 150 }), fc.constant(300));
const cases: fc.Arbitrary<Case> = fc.record({
  source: fc.constantFrom(...Object.keys(SOURCES)),
  length: lengths,
  failing: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fc.array(fc.nat(200), { maxLength: 3 })),
  isAsync: fc.boolean(),
  options,
}).map(({ source, length, failing, isAsync, options }) => {
  const items = source === "n" ? indexes(length) : indexes(length).map((i) => i * 7 % 1009 + (i > 1008 ? 1009 : 0));
  for (const i of failing) if (i < length && source !== "n") items[i] = -1 - i;
  return { source, items: items.map((x) => x === 137 && source !== "n" ? 138.5 - 0.5 : x), isAsync, options };
}).map((each) => each.source === "set" ? { ...each, items: [...new Set(each.items)] } : each);

/** What the plain loop comes to: a result or an error each item. */
async function outcomes<R>(items: number[], fn: (x: number, i: number) => R): Promise<PromiseSettledResult<unknown>[]> {
  return await Promise.allSettled(items.map(async (x, i) => await fn(x, i)));
}

const messages = (all: PromiseSettledResult<unknown>[]): string[] =>
  all.flatMap((each) => each.status === "rejected" ? [each.reason.message] : []);

/** Either the value, or one of the errors. */
async function check(work: PromiseLike<unknown>, expected: unknown, errors: string[], isOrdered = true): Promise<void> {
  let value: unknown;
  try {
    value = await settles(Promise.resolve(work));
  } catch (error) {
    assert.ok(errors.includes((error as Error).message), `${error}, expected were ${errors}`);
    return;
  }
  assert.deepEqual(errors, [], "it should have failed");
  if (isOrdered) assert.deepEqual(value, expected);
  else assert.deepEqual([...value as string[]].sort(), [...expected as string[]].sort());
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of results) all.push(each);
  return all;
}

describe(`random collections (seed ${seed})`, { timeout }, () => {
  let pool: Pool;
  before(() => void (pool = createPool({ workers: 2 })));
  after(() => pool.close());

  const property = (count: number, body: (each: Case, open: () => Source<number>) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(cases, (each) => body(each, () => SOURCES[each.source]!(each.items) as Source<number>)),
      runs(count, 20 * count),
    );

  it(
    "map as the plain loop does, awaited and iterated",
    { timeout },
    () =>
      property(40, async ({ items, isAsync, options }, open) => {
        const fn = MAPPED[Number(isAsync)]!;
        const all = await outcomes(items, fn);
        const values = all.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
        const isOrdered = options.ordered !== false;
        await check(pool.map(open(), fn, options), values, messages(all), isOrdered);
        await check(collect(pool.map(open(), fn, options)), values, messages(all), isOrdered);
        const entries = collect(pool.map(open(), fn, options).entries());
        const expected = items.map((x, i) => [i, `${x}:${i}`]);
        await check(
          entries.then((list) => isOrdered ? list : list.sort((a, b) => a[0] - b[0])),
          expected,
          messages(all),
        );
      }),
  );

  it("map and settle every item", { timeout }, () =>
    property(25, async ({ items, isAsync, options }, open) => {
      const fn = MAPPED[Number(isAsync)]!;
      const expected = (await outcomes(items, fn)).map((each, index) =>
        each.status === "fulfilled" ? `${index} ${each.value}` : `${index} ${each.reason.message}`
      );
      for (const isIterated of [false, true]) {
        const results = pool.map(open(), fn, { ...options, errors: "settle" });
        const got = await settles(isIterated ? collect(results) : results.then((all) => all));
        if (options.ordered === false) got.sort((a, b) => a.index - b.index);
        const texts = got.map((each) =>
          `${each.index} ${each.status === "fulfilled" ? each.value : (each.reason as Error).message}`
        );
        assert.deepEqual(texts, expected);
      }
    }));

  it("filter as the plain loop does", { timeout }, () =>
    property(25, async ({ items, isAsync, options }, open) => {
      const fn = KEPT[Number(isAsync)]!;
      const all = await outcomes(items, fn);
      const kept = items.filter((_, i) => Boolean((all[i] as PromiseFulfilledResult<unknown>).value));
      const isOrdered = options.ordered !== false;
      await check(pool.filter(open(), fn, options), kept, messages(all), isOrdered);
      await check(collect(pool.filter(open(), fn, options)), kept, messages(all), isOrdered);
      const settled = await settles(
        pool.filter(open(), fn, { ...options, ordered: true, errors: "settle" }).then((x) => x),
      );
      const expected = items.flatMap((x, index): unknown[] => {
        const outcome = all[index]!;
        if (outcome.status === "rejected") return [{ index, reason: outcome.reason.message }];
        return outcome.value ? [{ index, value: x }] : [];
      });
      assert.deepEqual(
        settled.map((each) =>
          each.status === "fulfilled"
            ? { index: each.index, value: each.value }
            : { index: each.index, reason: (each.reason as Error).message }
        ),
        expected,
      );
    }));

  it(
    "forEach as the plain loop does",
    { timeout },
    () =>
      property(20, async ({ items, isAsync, options: { ordered: _, ...options } }, open) => {
        const fn = MAPPED[Number(isAsync)]!;
        const all = await outcomes(items, fn);
        await check(pool.forEach(open(), fn, options), undefined, messages(all));
        const failed = await settles(pool.forEach(open(), fn, { ...options, errors: "settle" }));
        const expected = all.flatMap((each, index) => each.status === "rejected" ? [[index, each.reason.message]] : []);
        assert.deepEqual(
          failed.map((each) => [each.index, each.status === "rejected" && (each.reason as Error).message]),
          expected,
        );
      }),
  );

  it(
    "reduce in order",
    { timeout },
    () =>
      property(25, async ({ items, options: { ordered: _, ...options } }, open) => {
        const step = (text: string, x: number, i: number): string => {
          if (x < 0) throw new RangeError(`no ${x} at ${i}`);
          return `${text}${x}:${i},`;
        };
        const errors = items.flatMap((x, i) => x < 0 ? [`no ${x} at ${i}`] : []);
        const expected = items.map((x, i) => `${x}:${i},`).join("");
        const reducer = { initial: () => "", step, combine: (a: string, b: string) => a + b };
        for (const deterministic of [false, true]) {
          await check(pool.reduce(open(), reducer, { ...options, deterministic }), expected, errors);
          const plain = pool.reduce(open(), (a: number, b: number) => Math.max(a, b), -5, {
            ...options,
            deterministic,
          });
          assert.equal(await settles(plain), Math.max(-5, ...items));
        }
      }),
  );

  it(
    "find, some and every as the plain loop does",
    { timeout },
    () =>
      property(25, async ({ items, isAsync, options }, open) => {
        const fn = KEPT[Number(isAsync)]!;
        const all = await outcomes(items, fn);
        const errors = messages(all);
        const hits = items.filter((_, i) => Boolean((all[i] as PromiseFulfilledResult<unknown>).value));
        const isMiss = (each: PromiseSettledResult<unknown>): boolean => each.status === "fulfilled" && !each.value;
        const attempt = (work: Promise<unknown>): Promise<unknown> =>
          settles(work).catch((error) => errors.includes(error.message) ? "failed" : Promise.reject(error));
        const found = await attempt(pool.find(open(), fn, options));
        if (found === "failed") assert.ok(errors.length > 0);
        else if (options.ordered !== false) assert.equal(found, hits[0]);
        else assert.ok(hits.length === 0 ? found === undefined : hits.includes(found as number));
        const some = await attempt(pool.some(open(), fn, options));
        assert.ok(some === "failed" || some === hits.length > 0, `some gave ${some}`);
        const every = await attempt(pool.every(open(), fn, options));
        assert.ok(every === "failed" || every === !all.some(isMiss), `every gave ${every}`);
        if (hits.length === 0 && errors.length > 0) assert.deepEqual([found, some], ["failed", "failed"]);
      }),
  );
});
