import { createPool } from "./mod.ts";
const pool = createPool({ workers: 2 });
await pool.run(() => 1);
const med = (a: number[]) => a.sort((x, y) => x - y)[a.length >> 1]!;
const costs: [string, (x: number) => number][] = [
  ["1ns", (x) => x + 1],
  ["100ns", (x) => {
    let s = x;
    for (let i = 0; i < 60; i++) s = (s * 31 + i) | 0;
    return s;
  }],
  ["2us", (x) => {
    let s = x;
    for (let i = 0; i < 1300; i++) s = (s * 31 + i) | 0;
    return s;
  }],
  ["50us", (x) => {
    let s = x;
    for (let i = 0; i < 33000; i++) s = (s * 31 + i) | 0;
    return s;
  }],
  ["1ms", (x) => {
    let s = x;
    for (let i = 0; i < 660000; i++) s = (s * 31 + i) | 0;
    return s;
  }],
];
for (const [name, fn] of costs) {
  for (const n of [0, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]) {
    const per = { "1ns": 1e-6, "100ns": 1e-4, "2us": 2e-3, "50us": 5e-2, "1ms": 1 }[name]!;
    if (n * per > 500) continue;
    const items = Array.from({ length: n }, (_, i) => i);
    const loop: number[] = [], ours: number[] = [], range: number[] = [];
    await pool.map(items.slice(0, 10), fn);
    const reps = n * per > 50 ? 5 : 15;
    for (let r = 0; r < reps; r++) {
      let a = performance.now();
      const out: number[] = [];
      for (let i = 0; i < n; i++) out.push(fn(items[i]!));
      loop.push(performance.now() - a);
      a = performance.now();
      const got = await pool.map(items, fn);
      ours.push(performance.now() - a);
      if (got.length !== n || got[n - 1] !== out[n - 1]) throw new Error("wrong");
      a = performance.now();
      await pool.map(n, fn);
      range.push(performance.now() - a);
    }
    const l = med(loop), o = med(ours), g = med(range);
    const bad = (t: number) => t > 1.05 * l + 0.02 ? " BAD" : "";
    console.log(
      name.padEnd(6),
      String(n).padEnd(9),
      "loop",
      l.toFixed(3),
      "map",
      o.toFixed(3),
      (o / l).toFixed(2) + bad(o),
      "range",
      g.toFixed(3),
      (g / l).toFixed(2) + bad(g),
    );
  }
}
await pool.close();
