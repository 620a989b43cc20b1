/** Actions on the pool as a whole: batches, broadcasts, blocking calls, other sizes. */
import { type TaskBatch, TaskTimeoutError, WorkerExitError } from "../../mod.ts";
import { raised } from "./calm.ts";
import { either, fails, gives } from "./ledger.ts";
import { randomText } from "./payload.ts";
import { died } from "./storm.ts";
import * as tasks from "./tasks.ts";
import { type Action, DISTANT_MS, ENDLESS_MS, isAnswer, newId, randomWay, runner, type World } from "./world.ts";

/** Fills a batch with tasks that succeed; gives their ids, fewer than wanted if the queue was full. */
function fill(world: World, batch: TaskBatch<number>, size: number): number[] {
  const { random } = world;
  const draws = Array.from({ length: size }, () => [newId(random), random.int(0, 3), random.int(0, 15)] as const);
  const ids: number[] = [];
  try {
    for (const [id, sort, ms] of draws) {
      if (sort === 0) batch.run(tasks.burn, id, ms >> 2);
      else if (sort === 1) batch.run(tasks.nap, id, ms);
      else batch.run(tasks.quick, id);
      ids.push(id);
    }
  } catch (error) {
    if (world.plan.options.maxQueue === undefined) throw error;
  }
  return ids;
}

function areAnswers(ids: number[]): (value: unknown) => boolean {
  return (value) => {
    const results = value as unknown[];
    return results.length === ids.length && results.every((result, i) => isAnswer(ids[i]!)(result));
  };
}

function batch(world: World): void {
  const { random, ledger } = world;
  const task = runner(world).task<number>();
  const ids = fill(world, task, random.int(0, 40));
  switch (random.int(0, 3)) {
    case 0:
      ledger.track("get", task.get(), gives(areAnswers(ids)), ids.length);
      break;
    case 1: {
      const values = task.settled().then((outcomes) =>
        outcomes.map((o) => o.status === "fulfilled" ? o.value : o.reason)
      );
      // Where tasks may suffer from others, some of the reasons are deaths.
      const isRight = (value: unknown): boolean =>
        (value as unknown[]).every((item, i) =>
          isAnswer(ids[i]!)(item) || (world.plan.lax && item instanceof WorkerExitError)
        );
      ledger.track("settled", values, gives(isRight), ids.length);
      break;
    }
    case 2:
      ledger.track("iterate", collect(task), gives(areAnswers(ids)), ids.length);
      break;
    default: {
      const [id, sort] = [newId(random), random.int(0, 3)];
      let failing = 0;
      try {
        task.run(tasks.raiseLater, id, sort);
        failing = 1;
      } catch (error) {
        if (world.plan.options.maxQueue === undefined) throw error;
      }
      ledger.droppable += ids.length;
      const check = failing === 1 ? raised(id, sort, () => ledger.counts.throws++) : gives(areAnswers(ids));
      ledger.track("get of a failing batch", task.get(), check, ids.length + failing);
    }
  }
  if (world.plan.lax) ledger.droppable += ids.length;
}

async function collect(task: TaskBatch<number>): Promise<number[]> {
  const values: number[] = [];
  for await (const { index, value } of task) {
    if (index in values) throw new Error(`result ${index} came twice`);
    values[index] = value;
  }
  return values;
}

function batchTimeout(world: World): void {
  const { random, ledger } = world;
  const task = runner(world).task<number>();
  const ids = fill(world, task, random.int(0, 10));
  let hanging = 0;
  try {
    task.run(tasks.oversleep, newId(random), ENDLESS_MS);
    hanging = 1;
  } catch (error) {
    if (world.plan.options.maxQueue === undefined) throw error;
  }
  const ms = random.int(1, 100);
  if (world.plan.lax) ledger.droppable += ids.length + hanging;
  const late = fails(
    (error) => error instanceof TaskTimeoutError && error.timeout === ms,
    () => ledger.counts.timeouts++,
  );
  world.needEventLoop++;
  const check = hanging === 1 ? late : either(gives(areAnswers(ids)), late);
  void ledger.track("get with timeout", task.get({ timeout: ms }), check, ids.length + hanging)
    .finally(() => world.needEventLoop--);
}

function broadcast(world: World): void {
  const { random, ledger, pool } = world;
  const id = newId(random);
  const { workers } = pool.stats();
  const right = gives((value) => {
    const results = value as unknown[];
    return results.length === workers && results.every(isAnswer(id));
  });
  // A worker may be on its way to its end for the sake of another task.
  const gone = fails((error) => error instanceof WorkerExitError);
  if (world.plan.options.maxQueue !== undefined) ledger.droppable += workers;
  ledger.track("broadcast", pool.broadcast(tasks.quick, id), either(right, gone), workers);
}

/** Blocks; nothing that only the event loop can end may stand in its way. */
function sync(world: World): void {
  const { random, ledger, pool } = world;
  const [id, sort, text, way] = [newId(random), random.int(0, 5), randomText(random), randomWay(random)];
  const mayWait = world.needEventLoop === 0;
  // With `setup`, this thread runs nothing itself, so it always waits for a worker.
  if (!mayWait && world.plan.options.setup !== undefined) return;
  world.announce(`runSync ${sort} ${mayWait}`);
  if (sort === 0) ledger.record("runSync quick", () => pool.runSync(tasks.quick, id), gives(isAnswer(id)));
  else if (sort === 1) {
    ledger.record(
      "runSync echo",
      () => pool.runSync(tasks.echo, id, text),
      gives((value) => {
        const result = value as { id: number; value: string };
        return isAnswer(id)(result.id) && result.value === text;
      }),
    );
  } else if (sort === 2) {
    const check = raised(id, id & 3, () => ledger.counts.throws++);
    ledger.record("runSync raise", () => pool.runSync(tasks.raise, id, id & 3), check);
  } else if (sort === 3 && mayWait) {
    ledger.record("runSync nap", () => pool.runSync(tasks.nap, id, 5), gives(isAnswer(id)));
  } else if (sort === 4 && mayWait) {
    // A timeout keeps it out of this thread.
    const run = pool.with({ timeout: DISTANT_MS });
    ledger.record("runSync die", () => run.runSync(tasks.die, id, way), died(world, id, "die", way));
  } else {
    const task = pool.task<number>();
    const ids: number[] = [];
    for (let i = 0; i < 20; i++) {
      try {
        task.run(tasks.quick, id + i);
        ids.push(id + i);
      } catch (error) {
        if (world.plan.options.maxQueue === undefined) throw error;
      }
    }
    if (world.plan.lax) ledger.droppable += ids.length;
    ledger.record("getSync", () => task.getSync(), gives(areAnswers(ids)), ids.length);
  }
  world.announce("");
}

/** Actions by name. */
export const control: Record<string, Action> = {
  batch,
  batchTimeout,
  broadcast,
  sync,
  resize: (world) => {
    if (world.plan.resizes) world.pool.resize(world.random.int(1, world.plan.maxWorkers));
  },
  ready: (world) => void world.ledger.track("ready", world.pool.ready(), gives(() => true), 0),
};
