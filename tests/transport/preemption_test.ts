/** The real code, cut between any two of its Atomics operations: the other side acts there, or the worker dies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { baseOf, Rig, scalarTask, type TestTask } from "./_rig.ts";
import { watchAtomics } from "./_trace.ts";

class Killed extends Error {}

/** What a caller may do in the middle of the worker's work; gives the tasks that it took out of the lane. */
const acts: Record<string, (rig: Rig, story: Story) => void> = {
  revoke: (rig, story) => rig.lane.taskOf(0) && story.again(rig.lane.revoke(0)),
  "revoke and refill": (rig, story) => {
    if (rig.lane.taskOf(0) !== null) story.again(rig.lane.revoke(0));
    if (rig.lane.hasCapacity) rig.lane.push(story.task());
  },
  abandon: (rig, story) => rig.lane.taskOf(0) && story.fail(rig.lane.abandon(0)),
  drain: (rig) => rig.lane.drain(),
  drainSlots: (rig) => rig.lane.drainSlots(),
  push: (rig, story) => rig.lane.push(story.task()),
  park: (rig) => {
    rig.caller.park();
    rig.lane.drain();
  },
};

/** What becomes of each task. */
class Story {
  readonly ended: Map<number, string> = new Map();
  count = 0;

  task(): TestTask {
    return scalarTask(this.count++);
  }

  again(task: TestTask | null): void {
    if (task !== null) this.end(task.id, "elsewhere");
  }

  fail(task: TestTask | null): void {
    if (task !== null) this.end(task.id, "failed");
  }

  end(id: number, how: string): void {
    assert.equal(this.ended.get(id), undefined, `task ${id} ended twice`);
    this.ended.set(id, how);
  }
}

/** Runs `act`, and `cut` before the operation of that number; gives how many operations there were. */
function cutAt(number: number, act: () => unknown, cut: () => void): number {
  let count = 0;
  let isCut = false;
  watchAtomics(act, () => {
    if (isCut || count++ !== number) return;
    isCut = true;
    cut();
    isCut = false;
  });
  return count;
}

/** Settles the rest as on the worker's death, and checks that each task ended once. */
function finish(rig: Rig, story: Story, isDead: boolean): void {
  if (!isDead) rig.work();
  rig.lane.drain();
  for (const slot of rig.lane.occupied()) story.again(rig.lane.revoke(slot));
  rig.lane.drainSlots();
  for (const slot of rig.lane.occupied()) story.fail(rig.lane.abandon(slot));
  assert.equal(rig.lane.inFlight, 0);
  assert.deepEqual([...rig.lane.occupied()], []);
  for (const { id, value } of rig.done) {
    story.end(id, "done");
    assert.equal(value, id * 10);
  }
  assert.equal(story.ended.size, story.count, "a task is lost");
}

function start(): [Rig, Story] {
  const [rig, story] = [new Rig(), new Story()];
  rig.lane.push(story.task());
  rig.lane.push(story.task());
  assert.deepEqual([...rig.lane.occupied()], [0, 1]);
  return [rig, story];
}

describe("the caller acts between any two steps of the worker", () => {
  for (const [name, act] of Object.entries(acts)) {
    it(`${name}: each task ends once, with its own result`, () => {
      let cuts = 1;
      for (let number = 0; number < cuts; number++) {
        const [rig, story] = start();
        cuts = cutAt(number, () => rig.work(), () => act(rig, story));
        finish(rig, story, false);
      }
      assert.ok(cuts > 10);
    });
  }

  it("any two of these, at any two places", () => {
    for (const first of Object.values(acts)) {
      for (const second of Object.values(acts)) {
        for (let number = 0; number < 14; number++) {
          for (let later = number; later < 14; later++) {
            const [rig, story] = start();
            let count = 0;
            let isInside = false;
            watchAtomics(() => rig.work(), () => {
              if (isInside) return;
              isInside = true;
              if (count === number) first(rig, story);
              if (count === later) second(rig, story);
              count++;
              isInside = false;
            });
            finish(rig, story, false);
          }
        }
      }
    }
  });
});

describe("the worker acts between any two steps of the caller", () => {
  for (const [name, act] of Object.entries(acts)) {
    it(`${name}: each task ends once, with its own result`, () => {
      for (const running of [0, 1, 2]) {
        let cuts = 1;
        for (let number = 0; number < cuts; number++) {
          const [rig, story] = start();
          const claimed = Array.from({ length: running }, () => rig.begin()!);
          const work = (): void => {
            for (const one of claimed.splice(0)) rig.end(one);
            rig.work();
          };
          cuts = cutAt(number, () => act(rig, story), work);
          work();
          finish(rig, story, false);
        }
      }
    });
  }
});

describe("the worker dies before or after any of its steps", () => {
  for (const when of ["before", "after"] as const) {
    it(`${when}: what ran fails or is done, what did not runs elsewhere`, () => {
      const seen = new Set<string>();
      for (let number = 0;; number++) {
        const [rig, story] = start();
        let count = 0;
        const die = (): void => {
          if (count++ === number) throw new Killed();
        };
        let isDead = false;
        try {
          if (when === "before") watchAtomics(() => rig.work(), die);
          else watchAtomics(() => rig.work(), () => {}, die);
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
          isDead = true;
        }
        finish(rig, story, isDead);
        seen.add([0, 1].map((id) => story.ended.get(id)).join(", "));
        if (!isDead) break;
      }
      const all = ["elsewhere, elsewhere", "failed, elsewhere", "done, elsewhere", "done, failed", "done, done"];
      assert.deepEqual([...seen], all);
    });
  }

  it("a dead worker's slot states are never those of a later task", () => {
    const [rig] = start();
    rig.begin();
    rig.lane.abandon(0);
    rig.lane.revoke(1);
    const { words } = rig.lane;
    assert.deepEqual([words[baseOf(0)]! & 7, words[baseOf(1)]! & 7], [5, 4]);
  });
});
