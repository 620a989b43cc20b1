/** Model check by schedule: all interleavings of caller, worker and kill on small scenarios. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explore, type Explored, Fault, type Steps, type World } from "./_explorer.ts";
import { type Flaw, Memory, ModelWorker } from "./_model.ts";
import { ModelCaller, ModelKiller } from "./_model_caller.ts";

/** A life of the caller, and the tasks that it has. */
interface Scenario {
  readonly tasks: number;
  readonly live: (caller: ModelCaller) => Steps;
}

/** Pushes, waiting for room as the pool's queue does. */
function* push(caller: ModelCaller, task: number, how: "parked" | "blocked" = "parked"): Steps<number> {
  caller.next();
  if (!(yield* caller.hasRoom())) yield* caller.collect(how);
  const slot = yield* caller.push(task);
  caller.next();
  return slot;
}

const scenarios = {
  "two tasks, parked": {
    tasks: 2,
    *live(caller) {
      yield* push(caller, 0);
      yield* push(caller, 1);
      yield* caller.collect("parked");
    },
  },
  "two tasks, blocked": {
    tasks: 2,
    *live(caller) {
      yield* push(caller, 0);
      yield* push(caller, 1);
      yield* caller.collect("blocked");
    },
  },
  "three tasks one after the other, in one slot, parked twice": {
    tasks: 3,
    *live(caller) {
      for (const task of [0, 1, 2]) {
        yield* push(caller, task);
        yield* caller.collect(task === 1 ? "blocked" : "parked");
      }
    },
  },
  "a refill after a revoke": {
    tasks: 3,
    *live(caller) {
      const slot = yield* push(caller, 0);
      const isBack = yield* caller.revoke(slot);
      yield* push(caller, 1);
      if (isBack) yield* push(caller, 0);
      yield* push(caller, 2);
      yield* caller.collect("parked");
    },
  },
  "stale entries until the ring is full": {
    tasks: 2,
    *live(caller) {
      for (let round = 0; round < 4; round++) {
        caller.next();
        if (!(yield* caller.hasRoom())) break;
        const slot = yield* caller.push(0);
        if (!(yield* caller.revoke(slot))) {
          yield* push(caller, 1);
          return yield* caller.collect("parked");
        }
      }
      // The pool's 1 ms look: nothing tells the caller that the worker has passed over stale entries.
      for (const task of [0, 1]) {
        do caller.next(); while (!(yield* caller.hasRoom()));
        yield* caller.push(task);
      }
      yield* caller.collect("parked");
    },
  },
  "an abort while it may run": {
    tasks: 2,
    *live(caller) {
      const slot = yield* push(caller, 0);
      yield* push(caller, 1);
      if (yield* caller.abandon(slot)) {
        caller.next();
        yield* caller.reclaim();
      }
      yield* caller.collect("parked");
    },
  },
  "a stop": {
    tasks: 2,
    *live(caller) {
      yield* push(caller, 0);
      yield* push(caller, 1);
      yield* caller.stop();
      yield* caller.collect("parked");
    },
  },
} satisfies Record<string, Scenario>;

/** The end of a worker that is told to die while it runs: what the pool's crew does. */
function condemned(memory: Memory): Scenario {
  return {
    tasks: 2,
    *live(caller) {
      yield* push(caller, 0);
      yield* push(caller, 1);
      yield* caller.dismiss();
      caller.next();
      yield* caller.do("port closed", () => 0, () => memory.isWorkerDead);
      if (memory.flaw === "caller condemns without a last look") yield* caller.drain();
      else yield* caller.dismiss();
    },
  };
}

function check({ tasks, live }: Scenario, memory: Memory, kill: "never" | "any time" | "surely"): World {
  const caller = new ModelCaller(memory, live);
  const worker = new ModelWorker(memory);
  const killer = new ModelKiller(memory, () => true, kill === "surely");
  return {
    sides: kill === "never" ? [caller, worker] : [caller, worker, killer],
    key: () => memory.key(),
    end(finished) {
      assert.ok(finished.has("caller"), "nobody wakes the caller, or nobody the worker");
      for (let task = 0; task < tasks; task++) {
        const [outcome, runs] = [caller.outcomes[task], memory.runs[task] ?? 0];
        assert.ok(outcome !== undefined, `task ${task} is lost`);
        assert.equal(runs, outcome === "elsewhere" ? 0 : 1, `task ${task} is ${outcome}, it ran ${runs} times`);
        if (kill === "never" && live !== scenarios["an abort while it may run"].live) assert.equal(outcome, "done");
      }
      caller.checkSlots();
      if (memory.get("STOP") !== 0 && !memory.isWorkerDead) assert.ok(finished.has("worker"), "the stop is not seen");
    },
  };
}

function exploreAll(name: keyof typeof scenarios, kill: "never" | "any time", flaw?: Flaw): Explored {
  return explore(() => check(scenarios[name], new Memory(flaw), kill));
}

function exploreCondemned(flaw?: Flaw): Explored {
  return explore(() => {
    const memory = new Memory(flaw);
    return check(condemned(memory), memory, "surely");
  });
}
for (const name of Object.keys(scenarios) as (keyof typeof scenarios)[]) {
  for (const kill of ["never", "any time"] as const) {
    const t = performance.now();
    try { console.log(name, kill, exploreAll(name, kill), performance.now() - t); } catch (e) { console.log(name, kill, String(e)); }
  }
}
try { console.log(exploreCondemned()); } catch (e) { console.log("condemned", String(e)); }
try { console.log(exploreCondemned("caller condemns without a last look")); } catch (e) { console.log("condemned", String(e)); }
