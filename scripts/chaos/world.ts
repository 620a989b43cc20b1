/** What the kinds of actions work with. */
import type { CallOptions, Pool, Runner } from "../../mod.ts";
import type { Ledger } from "./ledger.ts";
import { kind, type Plan } from "./plan.ts";
import type { Random } from "./random.ts";
import { answer, type Way } from "./tasks.ts";

/** A loop that nobody stops ends after so many ms, to spare the machine; Deno cannot stop some. */
export const ENDLESS_MS = kind === "deno" ? 3000 : 20_000;

/** A timeout that never passes, even if all processes are stopped for a while. */
export const DISTANT_MS = 3_600_000;

/** One run of a pool. */
export interface World {
  readonly pool: Pool;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly plan: Plan;
  /** Tasks under way that only the caller's event loop ends: no blocking call may wait for them. */
  needEventLoop: number;
  /** When a loop was last left running that cannot be stopped, in ms. */
  lastAbandoned: number;
  /** Says what is about to block this thread. */
  announce(what: string): void;
}

/** An action: draws all its random numbers before it returns. */
export type Action = (world: World) => void;

/** A new id. */
export function newId(random: Random): number {
  return random.bits();
}

/** Whether a value is the answer for an id. */
export function isAnswer(id: number): (value: unknown) => boolean {
  return (value) => value === answer(id);
}

/** The pool, mostly as it is, now and then with a priority or a distant timeout. */
export function runner({ pool, random }: World, options: CallOptions = {}): Runner {
  const chosen: { -readonly [K in keyof CallOptions]: CallOptions[K] } = { ...options };
  if (random.chance(0.2)) chosen.priority = random.int(-2, 2);
  if (random.chance(0.1)) chosen.timeout ??= DISTANT_MS;
  return Object.keys(chosen).length === 0 ? pool : pool.with(chosen);
}

const ways: Record<typeof kind, readonly Way[]> = {
  node: ["exit", "throw", "reject"],
  deno: ["exit", "denoExit", "close", "throw", "reject"],
  bun: ["exit", "throw", "reject"],
};

/** A way to die on this runtime. */
export function randomWay(random: Random): Way {
  return random.pick(ways[kind]);
}

/** Calls something after some ms; the program lives on until then. */
export function after(ms: number, call: () => void): void {
  setTimeout(call, ms);
}
