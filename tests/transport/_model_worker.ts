/** The worker of the model: WorkerLane, driven as WorkerLoop does. */
import assert from "node:assert/strict";
import type { Steps } from "./_explorer.ts";
import * as model from "./_model.ts";
import { ModelSide, stateWord } from "./_model.ts";

/** The worker. */
export class ModelWorker extends ModelSide {
  readonly name = "worker";
  #taken = 0;
  #completed = 0;
  #rungIn = -1;

  get isDead(): boolean {
    return this.memory.isWorkerDead;
  }

  protected fields(): unknown[] {
    return [this.#taken, this.#completed, this.#rungIn];
  }

  *live(): Steps {
    if (this.memory.hasStart) yield* this.announce();
    for (;;) {
      this.mark();
      if ((yield* this.isStopping()) && !(yield* this.hasEntry())) return;
      const entry = yield* this.take();
      if (entry === undefined) {
        yield* this.idle();
        continue;
      }
      const slot = yield* this.claim(entry);
      if (slot < 0) continue;
      const task = this.memory.get(`slot${slot} ARGS`);
      this.memory.runs[task] = (this.memory.runs[task] ?? 0) + 1;
      assert.equal(this.memory.runs[task], 1, `task ${task} ran twice`);
      const early = this.memory.flaw === "worker publishes before the result is written";
      if (!early) yield* this.plain(`slot${slot} RESULT`, task * 10);
      yield* this.publish(entry);
      if (early) yield* this.plain(`slot${slot} RESULT`, task * 10, false);
    }
  }

  *hasEntry(): Steps<boolean> {
    return (yield* this.load("SUBMITTED")) !== this.#taken;
  }

  *isStopping(): Steps<boolean> {
    return (yield* this.load("STOP", !this.memory.hasStop)) !== 0;
  }

  *take(): Steps<number | undefined> {
    if (!(yield* this.hasEntry())) return undefined;
    const entry = this.memory.get(`SUBMISSION_RING${this.#taken % this.memory.submissions}`);
    yield* this.store("TAKEN", ++this.#taken, !this.memory.hasFullRing);
    return entry;
  }

  *claim(entry: number): Steps<number> {
    const state = `slot${entry & 0xff} STATE`;
    const generation = this.memory.flaw === "worker claims whatever the generation"
      ? this.memory.get(state) >>> 3
      : entry >>> 8;
    const queued = stateWord(generation, model.QUEUED);
    const found = yield* this.exchange(state, queued, stateWord(generation, model.RUNNING));
    return found === queued ? entry & 0xff : -1;
  }

  *publish(entry: number): Steps {
    const [state, generation] = [`slot${entry & 0xff} STATE`, entry >>> 8];
    const [running, done] = [stateWord(generation, model.RUNNING), stateWord(generation, model.DONE)];
    if ((yield* this.exchange(state, running, done)) !== running) return;
    const word = `COMPLETION_RING${this.#completed++ % model.SLOTS}`;
    const early = this.memory.flaw === "worker looks at CALLER before it counts a result"
      ? yield* this.load("CALLER")
      : undefined;
    if (this.memory.flaw === "worker counts a result before its entry is written") {
      yield* this.store("COMPLETED", this.#completed);
      yield* this.plain(word, entry, false);
    } else {
      yield* this.plain(word, entry);
      yield* this.store("COMPLETED", this.#completed);
    }
    yield* this.ring(early);
  }

  *ring(early?: number): Steps {
    const caller = early ?? (yield* this.load("CALLER"));
    const mode = caller & 3;
    if (mode === model.CALLER_AWAKE) return;
    const epoch = this.memory.flaw === "worker rings once for all epochs" ? mode : caller;
    if (this.#rungIn === epoch) return;
    this.#rungIn = epoch;
    yield* this.#toll();
  }

  *#toll(): Steps {
    const counts = this.memory.flaw !== "worker notifies the bell without counting";
    if (counts) yield* this.do("add BELL", () => this.memory.words.BELL = this.memory.get("BELL") + 1);
    yield* this.notify("BELL", counts);
  }

  /** Says that it has come up, whatever the caller does. */
  *announce(): Steps {
    const { flaw } = this.memory;
    if (flaw === "worker counts a life state before it is stored") yield* this.#countLife();
    yield* this.store("LIFE", 1);
    if (flaw === "worker rings before it counts a life state") yield* this.#toll();
    if (flaw !== "worker counts a life state before it is stored") yield* this.#countLife();
    if (flaw !== "worker rings before it counts a life state") yield* this.#toll();
  }

  *#countLife(): Steps {
    yield* this.do("add LIFE_CHANGES", () => this.memory.words.LIFE_CHANGES = this.memory.get("LIFE_CHANGES") + 1);
  }

  *park(): Steps<number> {
    const seq = yield* this.load("WAKE_SEQ");
    yield* this.store("PARKED", seq);
    return seq;
  }

  *unpark(): Steps {
    yield* this.store("PARKED", model.AWAKE);
  }

  /** WorkerLoop: a short block that may end at any time, then the event loop. */
  *idle(): Steps {
    const { flaw } = this.memory;
    const blind = flaw === "worker parks without a second look";
    let seq = 0;
    if (flaw === "worker tells that it parks after its second look") {
      if (yield* this.isDue()) return;
      seq = yield* this.park();
    } else {
      seq = yield* this.park();
      if (blind || !(yield* this.isDue())) yield* this.do("wait WAKE_SEQ", () => 0, { isLocal: true });
      if (!blind && (yield* this.isDue())) return yield* this.unpark();
    }
    yield* this.sleep("waitAsync", "WAKE_SEQ", seq);
    yield* this.unpark();
  }

  *isDue(): Steps<boolean> {
    // Looked at twice: for a stop at once, and for one after all tasks.
    return (yield* this.hasEntry()) || (yield* this.load("STOP", true)) === model.STOP_NOW ||
      (yield* this.isStopping());
  }
}
