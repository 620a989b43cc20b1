import { quantile } from "../stats.ts";
import { expect, timeCalls, warmUp, type Work } from "../work.ts";

export const work: Work = {
  name: "strings",
  question: "How long does a string of 1 KB take to a worker and back?",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const text = Array.from({ length: 1024 }, (_, i) => String.fromCharCode(97 + i % 26)).join("");
    const check = (value: unknown): void => expect(value === text, "the same text", value);
    const call = (): Promise<unknown> => pool.run("echo", text);
    await timeCalls(call, check, { ms: quick ? 100 : 500, most: 20_000 });
    const times = await timeCalls(call, check, { ms: quick ? 300 : 1500, most: 20_000 });
    report("1 KB, p50", "us", quantile(times, 0.5));
  },
};
