/** Watches the real code's use of shared memory: what Atomics it calls, and what it stores without. */
import { Atomics as captured } from "../../src/captured.ts";
import * as at from "../../src/transport/layout.ts";
import type { Rig } from "./_rig.ts";

type Operation = (array: Int32Array, index: number, ...rest: number[]) => unknown;
type Cancellation = (name: string, array: Int32Array, index: number) => void;

const names = ["load", "store", "add", "compareExchange", "notify", "wait", "waitAsync"] as const;
const real = Object.fromEntries(names.map((name) => [name, Atomics[name]])) as unknown as Record<string, Operation>;
/** What the code under test calls: the operations as it took them when it was imported. */
const patched = captured as unknown as Record<string, Operation>;

/** Calls `act` while `before` and `after` hear of each Atomics operation; waits never sleep. */
export function watchAtomics<T>(act: () => T, before: Cancellation, after: Cancellation = () => {}): T {
  for (const name of names) {
    patched[name] = (array, index, ...rest) => {
      before(name, array, index);
      const value = name === "wait"
        ? "timed-out"
        : name === "waitAsync"
        ? { async: true, value: new Promise(() => {}) }
        : real[name]!.call(Atomics, array, index, ...rest);
      after(name, array, index);
      return value;
    };
  }
  try {
    return act();
  } finally {
    Object.assign(patched, real);
  }
}

const headers = ["SUBMITTED", "WAKE_SEQ", "STOP", "TAKEN", "COMPLETED", "PARKED", "LIFE", "TURNS"] as const;
const controls = ["CALLER", "BELL", "LIFE_CHANGES"] as const;

/** The name of a word of the lane, as the model has it: which slot and which entry does not matter. */
function nameInLane(index: number): string {
  for (const name of headers) if (index === at[name]) return name;
  if (index >= at.SLOT_BASE && index < at.LAST_WORDS) {
    const word = (index - at.SLOT_BASE) % at.SLOT_WORDS;
    if (word === at.STATE) return "slot STATE";
    if (word === at.ACKNOWLEDGED) return "slot ACKNOWLEDGED";
    return word < at.RESULT ? "slot ARGS" : "slot RESULT";
  }
  if (index >= at.COMPLETION_RING && index < at.SLOT_BASE) return "COMPLETION_RING";
  if (index >= at.SUBMISSION_RING && index < at.COMPLETION_RING) return "SUBMISSION_RING";
  return `word ${index}`;
}

function nameInControl(index: number): string {
  return controls.find((name) => index === at[name]) ?? `control word ${index}`;
}

/** Plain stores between two operations may be seen in any order: they count as a set. */
export function canonical(steps: readonly string[]): string[] {
  const found: string[] = [];
  let plain = new Set<string>();
  const flush = (): void => {
    found.push(...[...plain].sort());
    plain = new Set();
  };
  for (const step of steps) {
    if (step.startsWith("plain ")) plain.add(step);
    else {
      flush();
      found.push(step);
    }
  }
  flush();
  return found;
}

/** The steps of real code on a rig's memory, in the model's words. */
export function traceReal(rig: Rig, act: () => unknown): string[] {
  const steps: string[] = [];
  let known = rig.lane.words.slice();
  const notePlain = (): void => {
    const now = rig.lane.words.slice();
    now.forEach((value, i) => {
      if (value !== known[i]) steps.push(`plain ${nameInLane(i)}`);
    });
    known = now;
  };
  watchAtomics(act, (name, array, index) => {
    notePlain();
    steps.push(`${name} ${array.buffer === rig.lane.buffer ? nameInLane(index) : nameInControl(index)}`);
  }, () => known = rig.lane.words.slice());
  notePlain();
  return canonical(steps);
}
