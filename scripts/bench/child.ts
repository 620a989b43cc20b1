/** The child process of one measurement: one library, one work, one number of workers. Prints a line a figure. */
import process from "node:process";
import { libraries } from "./libraries/mod.ts";
import type { PoolUnderTest } from "./library.ts";
import { type Answer, MARK, type Request } from "./protocol.ts";
import { works } from "./works/mod.ts";

function answer(line: Answer): void {
  console.log(MARK + JSON.stringify(line));
}

async function main(request: Request): Promise<void> {
  const pools: PoolUnderTest[] = [];
  const work = works.find(({ name }) => name === request.work)!;
  await work.measure({
    ...request,
    create: async () => {
      const library = await libraries[request.library]!();
      const pool = await library.create(request.workers);
      pools.push(pool);
      return pool;
    },
    report: (name, unit, value) => answer({ kind: "figure", name, unit, value }),
  });
  answer({ kind: "done" });
  const late = new Promise((resolve) => setTimeout(resolve, 2000));
  for (const pool of pools) await Promise.race([pool.close(), late]);
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String((error as Error)?.message ?? error);
  return text.split("\n")[0]!.slice(0, 300);
}

let status = 0;
try {
  await main(JSON.parse(process.argv[2]!));
} catch (error) {
  console.error(error);
  answer({ kind: "fails", reason: reasonOf(error) });
  status = 1;
}
process.exit(status); // whatever the library keeps alive
