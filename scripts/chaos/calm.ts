/** Actions of tasks that succeed, or throw by themselves. */
import { isDeepStrictEqual } from "node:util";
import { sharedArray, transfer } from "../../mod.ts";
import { type Check, fails, gives } from "./ledger.ts";
import { checksum, randomBytes, randomText, randomValue, randomView } from "./payload.ts";
import * as tasks from "./tasks.ts";
import { type Action, isAnswer, newId, runner, type World } from "./world.ts";

type Flipped = { id: number; sum: number; view: Uint8Array };

function flip(world: World): void {
  const { random, ledger } = world;
  const id = newId(random);
  const view = randomView(random);
  const key = random.int(0, 0x3f);
  const [sum, answerSum, { length }, name] = [checksum(view), checksum(view, key), view, view.constructor.name];
  const fn = random.chance(0.2) ? tasks.flipLater : tasks.flip;
  const promise = runner(world).run(fn, id, view, key);
  // What the caller does with its arguments after the call is nobody's business.
  new Uint8Array(view.buffer).fill(0);
  ledger.track(
    fn.name,
    promise,
    gives((value) => {
      const { id: answer, sum: seen, view: result } = value as Flipped;
      return isAnswer(id)(answer) && seen === sum && result.constructor.name === name && result.length === length &&
        checksum(result) === answerSum;
    }),
  );
}

function echo(world: World): void {
  const { random, ledger } = world;
  const id = newId(random);
  const serialization = random.chance(0.1) ? "superjson" : "auto";
  const value = random.chance(0.5) ? randomText(random) : randomValue(random, serialization === "superjson");
  const fn = random.chance(0.2) ? tasks.echoLater : tasks.echo;
  const { run } = { run: runner(world, { serialization }) };
  ledger.track(
    fn.name,
    run.run<[number, unknown], unknown>(fn, id, value),
    gives((result) => {
      const got = result as { id: number; value: unknown };
      return isAnswer(id)(got.id) && sameValue(got.value, value);
    }),
  );
}

/** Errors come with the stack of both sides, so only their message is compared. */
function sameValue(a: unknown, b: unknown): boolean {
  if (isDeepStrictEqual(a, b)) return true;
  if (b instanceof Error) return a instanceof Error && a.message === b.message;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (b instanceof Map) return a instanceof Map && sameValue([...a], [...b]);
  if (b instanceof Set) return a instanceof Set && sameValue([...a], [...b]);
  const [ours, theirs] = [Object.entries(a), Object.entries(b)];
  return a.constructor === b.constructor && ours.length > 0 && ours.length === theirs.length &&
    ours.every(([key, value], i) => key === theirs[i]![0] && sameValue(value, theirs[i]![1]));
}

function make(world: World): void {
  const { random, ledger } = world;
  const id = newId(random);
  const length = random.size();
  ledger.track(
    "make",
    runner(world).run(tasks.make, id, length),
    gives((value) => {
      const { id: answer, bytes } = value as { id: number; bytes: Uint8Array };
      return isAnswer(id)(answer) && bytes.length === length && bytes.every((byte) => byte === (id & 0xff));
    }),
  );
}

function shared(world: World): void {
  const { random, ledger } = world;
  const id = newId(random);
  const array = sharedArray(Int32Array, random.int(1, 5000));
  const value = random.int(1, 1000);
  if (random.chance(0.2)) {
    ledger.track(
      "giveShared",
      runner(world).run(tasks.giveShared, id, array),
      gives((result) => {
        const got = result as { id: number; shared: Int32Array };
        return isAnswer(id)(got.id) && got.shared.buffer instanceof SharedArrayBuffer &&
          got.shared.length === array.length;
      }),
    );
    return;
  }
  ledger.track(
    "add",
    runner(world).run(tasks.add, id, array, value),
    gives((result) => {
      return isAnswer(id)(result) && array.every((item) => item === value); // once, and only by this task
    }),
  );
}

function move(world: World): void {
  const { random, ledger } = world;
  const id = newId(random);
  const bytes = randomBytes(random, 8 + random.size());
  const key = random.int(0, 255);
  const { length } = bytes;
  const tail = checksum(bytes.subarray(4), key);
  const owned = bytes.slice();
  const promise = runner(world).run(tasks.move, id, transfer(owned, [owned.buffer]), key);
  ledger.track(
    "move",
    promise,
    gives((value) => {
      const result = value as Uint8Array;
      const got = new DataView(result.buffer, result.byteOffset).getUint32(0);
      return isAnswer(id)(got) && result.length === length && checksum(result.subarray(4)) === tail;
    }),
  );
}

function count(world: World): void {
  const { random, ledger } = world;
  const id = newId(random);
  const index = ledger.nextRun();
  const later = random.chance(0.5);
  ledger.allow("count", index, world.plan.options.maxQueue === undefined ? 1 : 0, 1);
  const run = runner(world);
  const promise = later
    ? run.run(tasks.countLater, id, ledger.runs, index, random.int(0, 20))
    : run.run(tasks.count, id, ledger.runs, index);
  ledger.track("count", promise, gives(isAnswer(id)));
}

/** What `raise` throws. */
export function raised(id: number, sort: number, note: () => void): Check {
  const answer = tasks.answer(id);
  const text = `chaos ${answer}`;
  return fails((error) => {
    if (sort === 2) return error === text;
    if (!(error instanceof Error) || error.message !== text) return false;
    // deno-lint-ignore no-explicit-any
    const { code, id: own, cause, errors } = error as any;
    if (sort === 0) return error instanceof RangeError && code === "E_CHAOS" && own === answer;
    if (sort === 1) return error instanceof TypeError && cause?.message === `cause ${answer}`;
    return error instanceof AggregateError && errors[0]?.message === `part ${answer}`;
  }, note);
}

function raise(world: World): void {
  const { random, ledger } = world;
  const [id, sort] = [newId(random), random.int(0, 3)];
  const fn = random.chance(0.3) ? tasks.raiseLater : tasks.raise;
  ledger.track(fn.name, runner(world).run(fn, id, sort), raised(id, sort, () => ledger.counts.throws++));
}

/** Actions by name. */
export const calm: Record<string, Action> = {
  quick: (world) => {
    const id = newId(world.random);
    world.ledger.track("quick", runner(world).run(tasks.quick, id), gives(isAnswer(id)));
  },
  burn: (world) => {
    const id = newId(world.random);
    const ms = world.random.chance(0.1) ? world.random.int(20, 150) : world.random.int(0, 10);
    world.ledger.track("burn", runner(world).run(tasks.burn, id, ms), gives(isAnswer(id)));
  },
  nap: (world) => {
    const id = newId(world.random);
    const ms = world.random.int(0, 60);
    world.ledger.track("nap", runner(world).run(tasks.nap, id, ms), gives(isAnswer(id)));
  },
  closure: (world) => {
    const id = newId(world.random);
    const promise = runner(world).run((a: number, b: string) => `${a}:${b.length}`, id, "abc");
    world.ledger.track("closure", promise, gives((value) => value === `${id}:3`));
  },
  visit: (world) => {
    if (world.plan.options.setup === undefined) return;
    const id = newId(world.random);
    world.ledger.track("visit", runner(world).run(tasks.visit, id), gives(isAnswer(id)));
  },
  module: (world) => {
    const id = newId(world.random);
    const module = runner(world).module<typeof tasks>(new URL("./tasks.ts", import.meta.url));
    world.ledger.track("module", module.nap(id, 1), gives(isAnswer(id)));
  },
  flip,
  echo,
  make,
  shared,
  move,
  count,
  raise,
};
