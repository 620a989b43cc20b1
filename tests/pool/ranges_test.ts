import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initialize, ranges, shutdown } from "../../mod.ts";
import { settles, type Thrown, thrown } from "./_support.ts";

describe("ranges()", () => {
  it("divides as the documentation says", () => {
    assert.deepEqual(ranges(80, { workers: 4 }), [[0, 20], [20, 40], [40, 60], [60, 80]]);
    assert.deepEqual(ranges(80, { workers: 4, minSize: 30 }), [[0, 30], [30, 60], [60, 80]]);
    assert.deepEqual(ranges(80, { workers: 4, minSize: 100 }), [[0, 80]]);
    assert.equal(ranges(100, { workers: 16 }).length, 15);
    assert.deepEqual(ranges(0, { workers: 4 }), []);
    assert.deepEqual(ranges([], { workers: 4 }), []);
    assert.deepEqual(ranges(["a", "b", "c"], { workers: 2 }), [[0, 2], [2, 3]]);
  });

  it("covers everything once, in order, the last range being the short one", () => {
    for (let n = 1; n < 60; n++) {
      for (let workers = 1; workers < 20; workers++) {
        for (const minSize of [0, 1, 3, 100]) {
          const pairs = ranges(n, { workers, minSize });
          const size = Math.max(Math.ceil(n / workers), minSize);
          assert.deepEqual(
            pairs.map(([start]) => start),
            Array.from({ length: Math.ceil(n / size) }, (_, i) => i * size),
          );
          assert.deepEqual(pairs.map(([, end]) => end), pairs.map(([start]) => Math.min(start + size, n)));
        }
      }
    }
  });

  it("balanced gives exactly min(n, workers) ranges whose sizes differ by at most one", () => {
    for (let n = 0; n < 60; n++) {
      for (let workers = 1; workers < 20; workers++) {
        const pairs = ranges(n, { workers, balanced: true });
        assert.equal(pairs.length, Math.min(n, workers));
        assert.deepEqual([0, ...pairs.map(([, end]) => end)], [...pairs.map(([start]) => start), n]);
        const sizes = pairs.map(([start, end]) => end - start);
        if (n > 0) assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `${n} over ${workers}: ${sizes}`);
      }
    }
  });

  it("takes the size of the default pool", async () => {
    try {
      await settles(initialize({ workers: 3 }));
      assert.deepEqual(ranges(9), [[0, 3], [3, 6], [6, 9]]);
    } finally {
      await settles(shutdown());
    }
  });

  it("refuses wrong numbers and unknown options", () => {
    const cases: [length: unknown, options: object, name: string][] = [
      [-1, {}, "-1"],
      [1.5, {}, "1.5"],
      [undefined, {}, "undefined"],
      [10, { workers: 0 }, "workers"],
      [10, { workers: "2" }, "workers"],
      [10, { minSize: -1 }, "minSize"],
      [10, { minsize: 2 }, "minsize"],
    ];
    for (const [length, options, name] of cases) {
      const error: Thrown = thrown(() => ranges(length as number, options));
      assert.ok(error instanceof TypeError || error instanceof RangeError, `got ${error}`);
      assert.match((error as Thrown).code, /^ERR_MULTICORE_/);
      assert.ok(error.message.includes(name), error.message);
    }
  });
});
