/** Model check by schedule: all interleavings of caller, worker and kill on small scenarios. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explore, type Explored, Fault, type Steps, type World } from "./_explorer.ts";
import { type Flaw, flaws, Memory } from "./_model.ts";
import { ModelCaller, ModelKiller } from "./_model_caller.ts";
import { ModelWorker } from "./_model_worker.ts";

/** A life of the caller, and the tasks that it has. */
interface Scenario {
  readonly tasks: number;
  readonly live: (caller: ModelCaller) => Steps;
  /** When the worker is killed: at any step or never by default. */
  readonly kill?: "surely" | "never";
}

const scenarios = {
  "two tasks, parked": {
    tasks: 2,
    *live(caller) {
      yield* caller.submit(0);
      yield* caller.submit(1);
      yield* caller.collect("parked");
    },
  },
  "two tasks, blocked": {
    tasks: 2,
    *live(caller) {
      yield* caller.submit(0);
      yield* caller.submit(1);
      yield* caller.collect("blocked");
    },
  },
  "a slot that is used again, parked and then blocked": {
    tasks: 2,
    *live(caller) {
      yield* caller.submit(0);
      yield* caller.collect("parked");
      yield* caller.submit(1);
      yield* caller.collect("blocked");
    },
  },
  "a refill after a revoke": {
    tasks: 2,
    *live(caller) {
      const slot = yield* caller.submit(0);
      const isBack = yield* caller.revoke(slot);
      yield* caller.submit(1);
      if (isBack) yield* caller.submit(0);
      yield* caller.collect("parked");
    },
  },
  "a ring full of stale entries": {
    tasks: 2,
    kill: "never", // it has the states of two of the others together
    *live(caller) {
      yield* caller.submit(0);
      for (let round = 0; round < 2 && caller.outcomes[1] === undefined; round++) {
        const slot = yield* caller.submit(1);
        if (round === 1 || !(yield* caller.revoke(slot))) break;
      }
      yield* caller.collect("parked");
    },
  },
  "an abort while it may run": {
    tasks: 2,
    *live(caller) {
      const slot = yield* caller.submit(0);
      yield* caller.submit(1);
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
      yield* caller.submit(0);
      yield* caller.submit(1);
      yield* caller.stop();
      yield* caller.collect("parked");
    },
  },
  "ready against park": {
    tasks: 1,
    *live(caller) {
      yield* caller.started();
      yield* caller.submit(0);
      yield* caller.collect("parked");
    },
  },
} satisfies Record<string, Scenario>;

/** The end of a worker that is told to die while it runs: what the pool's supervisor does. */
function condemned(memory: Memory): Scenario {
  return {
    tasks: 2,
    kill: "surely",
    *live(caller) {
      yield* caller.submit(0);
      yield* caller.submit(1);
      yield* caller.dismiss();
      caller.next();
      yield* caller.do("port closed", () => 0, { ready: () => memory.isWorkerDead });
      if (memory.flaw === "caller condemns without a last look") yield* caller.drain();
      else yield* caller.dismiss();
    },
  };
}

function createWorld({ tasks, live, kill }: Scenario, memory: Memory): World {
  const caller = new ModelCaller(memory, live);
  const sides = [caller, new ModelWorker(memory), new ModelKiller(memory, kill === "surely")];
  if (kill === "never") sides.pop();
  return {
    sides,
    key: () => memory.key(),
    end(finished) {
      assert.ok(finished.has("caller"), "nobody wakes the caller, or nobody the worker");
      for (let task = 0; task < tasks; task++) {
        const [outcome, runs] = [caller.outcomes[task], memory.runs[task] ?? 0];
        assert.ok(outcome !== undefined, `task ${task} is lost`);
        assert.equal(runs, outcome === "elsewhere" ? 0 : 1, `task ${task} is ${outcome}, it ran ${runs} times`);
        if (!memory.isWorkerDead && live !== scenarios["an abort while it may run"].live) assert.equal(outcome, "done");
      }
      caller.checkSlots();
      if (memory.hasStop && !memory.isWorkerDead) assert.ok(finished.has("worker"), "the stop is not seen");
    },
  };
}

function exploreScenario(name: keyof typeof scenarios, flaw?: Flaw): Explored {
  const options = {
    flaw,
    hasStop: name === "a stop",
    hasFullRing: name === "a ring full of stale entries",
    hasStart: name === "ready against park",
  };
  return explore(() => createWorld(scenarios[name], new Memory(options)));
}

function exploreCondemned(flaw?: Flaw): Explored {
  return explore(() => {
    const memory = new Memory({ flaw });
    return createWorld(condemned(memory), memory);
  });
}

describe("the protocol, over all interleavings", () => {
  for (const name of Object.keys(scenarios) as (keyof typeof scenarios)[]) {
    const kill = name === "a ring full of stale entries" ? "" : ", the worker killed at any step";
    it(`loses, doubles and leaks nothing and always wakes: ${name}${kill}`, () => {
      const { states, ends } = exploreScenario(name);
      assert.ok(states > 1000 && ends > 50, `only ${states} states, ${ends} ends`);
    });
  }

  it("loses nothing where a worker is told to die while it runs", () => {
    assert.ok(exploreCondemned().states > 1000);
  });
});

describe("the explorer", () => {
  const parked = "two tasks, parked";
  const where: Record<Flaw, keyof typeof scenarios | "condemned"> = {
    "worker parks without a second look": parked,
    "worker tells that it parks after its second look": parked,
    "worker claims whatever the generation": "a refill after a revoke",
    "worker counts a result before its entry is written": parked,
    "worker publishes before the result is written": parked,
    "worker notifies the bell without counting": "two tasks, blocked",
    "worker rings once for all epochs": parked,
    "worker looks at CALLER before it counts a result": parked,
    "caller looks at PARKED before SUBMITTED is stored": parked,
    "caller wakes without a new number": parked,
    "caller parks without a second drain": parked,
    "caller reads the bell after its last drain": "two tasks, blocked",
    "worker counts a life state before it is stored": "ready against park",
    "worker rings before it counts a life state": "ready against park",
    "caller looks at LIFE_CHANGES before it reads the bell": "ready against park",
    "caller counts a task before its entry is written": parked,
    "caller publishes before the arguments are written": parked,
    "caller revokes without an exchange": "a refill after a revoke",
    "caller uses a generation again": "a refill after a revoke",
    "caller takes no care of stale entries": "a ring full of stale entries",
    "caller drains the ring only, of a dead worker": parked,
    "caller condemns without a last look": "condemned",
  };
  for (const flaw of flaws) {
    it(`finds the fault where the ${flaw}`, () => {
      const name = where[flaw];
      assert.throws(() => name === "condemned" ? exploreCondemned(flaw) : exploreScenario(name, flaw), Fault);
    });
  }
});
