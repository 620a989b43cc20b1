/** How a worker's end is told: by its last words, and by its port. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapter } from "../../adapters/runtime/mod.ts";
import type { SpawnOptions } from "../../src/adapter.ts";
import type { Act, Announced } from "./fixtures/protocol.ts";
import { fixture, type Observation, observe, runProgram, withWorker } from "./_lab.ts";

const { name } = adapter;

const thrown: Announced = {
  code: 1,
  uncaught: { name: "TypeError", message: "thrown in a worker", isTypeError: true },
};
const thrownUndefined: Announced = { code: 1, uncaught: { name: "", message: "undefined", isTypeError: false } };

function exited(code: number): Announced {
  return { code, uncaught: undefined };
}

/** What a worker says when it ends by each act; `onlyOn` where only one runtime has the means. */
const deaths: { act: Act; says: Announced | undefined; code: number; onlyOn?: string }[] = [
  { act: "exit", says: exited(7), code: 7 },
  { act: "exitCode", says: exited(6), code: 6 },
  { act: "reallyExit", says: exited(7), code: 7 },
  { act: "denoExit", says: exited(7), code: 7, onlyOn: "deno" },
  { act: "close", says: exited(0), code: 0, onlyOn: "deno" },
  { act: "throw", says: thrown, code: 1 },
  { act: "throwUndefined", says: thrownUndefined, code: 1 },
  { act: "throwInMessage", says: thrown, code: 1 },
  { act: "throwInTimer", says: thrown, code: 1 },
  { act: "throwInMicrotask", says: thrown, code: 1 },
  { act: "reject", says: thrown, code: 1 },
  { act: "hostExit", says: undefined, code: 5 },
];

/** What keeps a worker alive after a failure. */
const survivals: { act: Act; onlyOn?: string }[] = [
  { act: "handlesThrow" },
  { act: "handlesReject" },
  { act: "handlesRejectAsException" },
  { act: "preventsThrow", onlyOn: "deno" },
  { act: "preventsReject", onlyOn: "deno" },
];

/** A way to start workers, and what differs there. */
interface Setting {
  title: string;
  observe(act: Act, survives: boolean): Promise<Observation>;
  /** Whether the runtime tells the exit code as it is. */
  tellsExit: boolean;
  /** Whether handlers of the user's can keep a worker alive. */
  canSurvive: boolean;
  /** Whether the caller hears no error besides the announcement. */
  isQuiet: boolean;
}

/** Workers of this process. */
function here(title: string, env: SpawnOptions["env"]): Setting {
  const tellsExit = name !== "deno";
  const waitExit = tellsExit || env !== undefined;
  // Under `bun test` workers do not call their handlers: oven-sh/bun#36445.
  const asElsewhere = name !== "bun";
  return {
    title,
    observe: (act, survives) => observe(act, { env, survives, waitExit }),
    tellsExit,
    canSurvive: asElsewhere,
    isQuiet: asElsewhere,
  };
}

/** Workers of one program that runs every act. */
function elsewhere(): Setting {
  const acts = [
    ...deaths.filter(({ onlyOn = name }) => onlyOn === name).map(({ act }) => act as string),
    ...survivals.filter(({ onlyOn = name }) => onlyOn === name).map(({ act }) => `+${act}`),
  ];
  let program: ReturnType<typeof runProgram> | undefined;
  return {
    title: " in a program",
    async observe(act, survives) {
      program ??= runProgram(fixture("observe.ts"), acts);
      const { code, stdout, stderr } = await program;
      assert.equal(code, 0, stderr);
      const line = stdout.split("\n")[acts.indexOf(survives ? `+${act}` : act)]!;
      const { announced, ...rest } = JSON.parse(line) as Observation;
      // JSON drops what is undefined.
      return { ...rest, announced: announced && { code: announced.code, uncaught: announced.uncaught } };
    },
    tellsExit: name !== "deno",
    canSurvive: true,
    isQuiet: true,
  };
}

/** On Deno both kinds of worker; on Bun also those of a program, since its test runner changes workers. */
const settings = [here("", undefined)];
if (name === "deno") settings.push(here(" with an environment of its own", { MULTICORE_TEST: "" }));
if (name === "bun") settings.push(elsewhere());

describe("WorkerHost.onDeath()", () => {
  for (const { title, observe, tellsExit, canSurvive, isQuiet } of settings) {
    for (const { act, says, code, onlyOn = name } of deaths) {
      it(`tells ${act} once, and the port closes${title}`, { skip: onlyOn !== name }, async () => {
        const { announced, announcements, closes, exits, errors } = await observe(act, false);
        assert.deepEqual(announced, says);
        assert.equal(announcements, says === undefined ? 0 : 1);
        assert.equal(closes, 1);
        if (tellsExit) assert.deepEqual(exits, [code]);
        if (isQuiet) assert.equal(errors, 0);
      });
    }
    for (const { act, onlyOn = name } of survivals) {
      const skip = onlyOn !== name || !canSurvive;
      it(`tells nothing when the user's handler takes the failure: ${act}${title}`, { skip }, async () => {
        const { announcements, closes, errors, replies } = await observe(act, true);
        assert.deepEqual(replies, ["alive", "alive"]);
        assert.deepEqual({ announcements, closes, errors }, { announcements: 0, closes: 0, errors: 0 });
      });
    }
  }

  it("tells one death of two", () =>
    withWorker("exitAfterThrow", async (subject) => {
      await subject.closed();
      assert.equal(subject.words.announcements, 1);
    }));

  it("tells nothing when the thread is stopped from outside", () =>
    withWorker("echo", async (subject) => {
      await subject.message();
      subject.handle.terminate();
      await subject.closed();
      assert.equal(subject.words.announcements, 0);
    }));
});
