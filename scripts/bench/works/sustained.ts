import { expect, warmUp, type Work } from "../work.ts";

/** Callers that each await one task after the other: so many tasks are in flight. */
const CALLERS = 1000;

export const work: Work = {
  name: "sustained",
  question: "How many tasks a second do 1,000 callers reach that await 1,000,000 tasks in all, each one after the " +
    "other? (Slow libraries stop after 10 s.)",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    const each = (quick ? 50_000 : 1_000_000) / CALLERS;
    const started = performance.now();
    const end = started + (quick ? 2000 : 10_000);
    let done = 0;
    const caller = async (first: number): Promise<void> => {
      for (let i = 0; i < each; i++) {
        const argument = first + i;
        const value = await pool.run("addOne", argument);
        if (value !== argument + 1) expect(false, `${argument + 1}`, value);
        if ((++done & 1023) === 0 && performance.now() > end) isOver = true;
        if (isOver) return;
      }
    };
    let isOver = false;
    await Promise.all(Array.from({ length: CALLERS }, (_, i) => caller(i * each)));
    report("1,000,000 in flight 1,000", "tasks/s", done / (performance.now() - started) * 1000);
  },
};
