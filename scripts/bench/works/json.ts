import { quantile } from "../stats.ts";
import { expect, timeCalls, warmUp, type Work } from "../work.ts";

interface Row {
  id: number;
  name: string;
  price: number;
  active: boolean;
  tags: string[];
  owner: { city: string; rank: number | null };
}

/** A document of about 125 bytes of JSON a row. */
function rows(count: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `article number ${i}`,
    price: i * 1.25 + 0.1,
    active: i % 3 === 0,
    tags: ["new", `group-${i % 7}`],
    owner: { city: i % 2 === 0 ? "Zürich" : "Geneva", rank: i % 5 === 0 ? null : i % 5 },
  }));
}

export const work: Work = {
  name: "json",
  question: "How long does a JSON-like document of 1 KB and of 100 KB take to a worker and back?",
  async measure({ create, quick, report }) {
    const pool = await create();
    await warmUp(pool, quick);
    for (const [label, count] of [["1 KB", 8], ["100 KB", 800]] as const) {
      const document = { version: 3, rows: rows(count) };
      const text = JSON.stringify(document);
      const call = (): Promise<unknown> => pool.run("echo", document);
      const same = (value: unknown): void => expect(JSON.stringify(value) === text, "the same document", value);
      const check = (value: unknown, i: number): void => {
        if (i % 100 === 0) return same(value);
        const last = (value as typeof document).rows.at(-1)!;
        expect(last.id === count - 1 && last.owner.city === "Geneva", "its last row", JSON.stringify(last));
      };
      await timeCalls(call, check, { ms: quick ? 150 : 700, most: 20_000 });
      const times = await timeCalls(call, check, { ms: quick ? 300 : 1500, most: 20_000 });
      report(`${label}, p50`, "us", quantile(times, 0.5));
    }
  },
};
