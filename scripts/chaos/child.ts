/** The child process of one seed: runs it, prints what came of it, and ends by itself. */
import { writeSync } from "node:fs";
import process from "node:process";
import { createPool } from "../../mod.ts";
import { drive } from "./drive.ts";
import { Ledger, textOf } from "./ledger.ts";
import { collect, rss, threads } from "./machine.ts";
import { kind, planPool, type Request } from "./plan.ts";
import { type Answer, MARK } from "./protocol.ts";
import { Random } from "./random.ts";
import * as tasks from "./tasks.ts";
import type { World } from "./world.ts";

function say(answer: Answer): void {
  writeSync(1, `${MARK}${JSON.stringify(answer)}\n`);
}

/** Waits for a condition; gives whether it came true. */
async function comes(condition: () => boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}

/** Shared memory that a pool may keep once all is done, in bytes. */
const KEPT_BYTES = 24 * 2 ** 20;

async function main(request: Request): Promise<void> {
  const plan = planPool(request);
  const ledger = new Ledger({ lax: plan.lax, mayRefuse: plan.options.maxQueue !== undefined });
  for (const name of ["uncaughtException", "unhandledRejection"]) {
    process.on(name, (error: unknown) => ledger.complain(name, textOf(error)));
  }
  // Threads that the runtime starts once and keeps.
  const first = createPool({ ...plan.options, workers: request.workers });
  await first.broadcast(tasks.quick, 1);
  await first.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = threads();

  const pool = createPool(plan.options);
  const world: World = {
    pool,
    plan,
    ledger,
    random: new Random(request.seed + 1_000_000),
    needEventLoop: 0,
    lastAbandoned: -Infinity,
    announce: (what) => say({ stage: `blocks in ${what}` }),
  };
  say({ stage: "runs", plan: plan.words });
  const moved = await drive(world, request);
  const stats = pool.stats();
  const lost = [...ledger.open].map(({ kind, since }) => `${kind} (${Math.round(performance.now() - since)} ms)`);
  if (moved) await checkPool(world);
  else ledger.complain("pool", `hangs: ${JSON.stringify(stats)}; lost ${lost.slice(0, 10).join(", ")}`);
  ledger.checkRuns();
  say({ stage: "closes" });
  if (moved) await pool.close();
  else await pool.terminate();
  if (kind !== "deno" && !await comes(() => threads().length <= before.length, 5000)) {
    ledger.complain("threads", `${threads().join(" ")} instead of ${before.join(" ")}`);
  }
  collect();
  const { counts, wrong, slowest } = ledger;
  const { memory, restarts } = stats;
  say({ stage: "ends", counts, wrong, lost: lost.length, memory, restarts, slowest, rss: rss() });
}

/** The pool's own counters, once nothing is under way. */
async function checkPool({ pool, ledger }: World): Promise<void> {
  const idle = await comes(() => pool.stats().queued === 0 && pool.stats().running === 0, 10_000);
  const { queued, running, completed, failed, memory } = pool.stats();
  if (!idle) ledger.complain("stats", `${running} running, ${queued} queued after all was settled`);
  const settled = completed + failed;
  const [least, most] = [ledger.counts.tasks - ledger.droppable, ledger.counts.tasks + ledger.surplus];
  if (settled < least || settled > most) {
    const expected = `${least} to ${most}`;
    ledger.complain("stats", `${completed} completed + ${failed} failed = ${settled} instead of ${expected}`);
  }
  if (memory > KEPT_BYTES) ledger.complain("memory", `${memory} bytes kept`);
}

// Not thrown on: the handlers above would take it for a task's.
await main(JSON.parse(process.argv[2]!)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
