/** The layout: who writes which word is the README's table; the lines are computed here. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as at from "../../src/transport/layout.ts";

type Writer = "caller" | "worker" | "both";
interface Region {
  readonly name: string;
  readonly from: number;
  readonly words: number;
  readonly writer: Writer;
}

const LINE_WORDS = 16;

function region(name: keyof typeof at, writer: Writer, words = 1, base = 0): Region {
  return { name, from: base + (at[name] as number), words, writer };
}

const header: Region[] = [
  ...(["SUBMITTED", "WAKE_SEQ", "STOP"] as const).map((name) => region(name, "caller")),
  ...(["TAKEN", "COMPLETED", "PARKED", "LIFE", "EXIT_CODE", "LAST_WORDS_LENGTH", "THREAD_ID", "HEAP_KIB"] as const)
    .map((name) => region(name, "worker")),
  region("TURNS", "worker"),
  region("SUBMISSION_RING", "caller", at.SUBMISSIONS),
  region("COMPLETION_RING", "worker", at.SLOTS),
  region("LAST_WORDS", "worker", at.LAST_WORDS_BYTES / 4),
];

/** STATE stands on the caller's line: the exchange needs the line whoever else writes on it. */
function slotRegions(slot: number): Region[] {
  const base = at.SLOT_BASE + slot * at.SLOT_WORDS;
  const mine = [
    "STATE",
    "FUNCTION",
    "ARGS",
    "ARGS_OFFSET",
    "ARGS_LENGTH",
    "TIMEOUT",
    "ABORTED",
    "ACKNOWLEDGED",
  ] as const;
  const theirs = ["RESULT", "RESULT_OFFSET", "RESULT_LENGTH", "STARTED_GENERATION", "CALLBACKS_ENDED"] as const;
  return [
    ...mine.map((name) => region(name, "caller", 1, base)),
    region("ARGS_SCALARS", "caller", 8, base),
    ...theirs.map((name) => region(name, "worker", 1, base)),
    ...(["RESULT_SCALAR", "DURATION", "STARTED", "SPENT", "OCCUPIED"] as const).map((name) =>
      region(name, "worker", 2, base)
    ),
    region("PAYLOAD", "both", at.PAYLOAD_BYTES / 4, base),
  ];
}

function lane(): Region[] {
  return [...header, ...Array.from({ length: at.SLOTS }, (_, slot) => slotRegions(slot)).flat()];
}

const control: Region[] = [
  region("CALLER", "caller"),
  region("BELL", "worker"),
  region("LIFE_CHANGES", "worker"),
  ...(["SPIN_LIMIT", "ACTIVE_USED"] as const).map((name) => region(name, "caller")),
  region("ACTIVE", "worker", at.ACTIVE_WORDS),
];

/** The writers of each cache line. */
function writersByLine(regions: Region[]): Map<number, Set<Writer>> {
  const lines = new Map<number, Set<Writer>>();
  for (const { from, words, writer } of regions) {
    for (let word = from; word < from + words; word++) {
      const line = Math.floor(word / LINE_WORDS);
      lines.set(line, (lines.get(line) ?? new Set()).add(writer));
    }
  }
  return lines;
}

for (
  const [name, regions, bytes] of [["a lane", lane(), at.LANE_BYTES], [
    "the control block",
    control,
    at.CONTROL_BYTES,
  ]] as const
) {
  describe(`layout of ${name}`, () => {
    it("gives every word to one use only, inside the memory", () => {
      const owners = new Map<number, string>();
      for (const { name, from, words } of regions) {
        assert.ok(Number.isInteger(from) && from >= 0 && (from + words) * 4 <= bytes, `${name} is outside`);
        for (let word = from; word < from + words; word++) {
          assert.equal(owners.get(word), undefined, `${name} overlaps at word ${word}`);
          owners.set(word, name);
        }
      }
    });

    it("keeps words of different writers on different cache lines", () => {
      const mixed = [...writersByLine(regions)].filter(([, writers]) => writers.size > 1);
      assert.deepEqual(mixed, []);
    });
  });
}

describe("layout of a lane", () => {
  it("keeps the words that one side writes while the other spins apart from each other", () => {
    const hot = [at.SUBMITTED, at.WAKE_SEQ, at.STOP, at.TAKEN, at.COMPLETED, at.PARKED, at.LIFE, at.TURNS];
    assert.equal(new Set(hot.map((word) => Math.floor(word / LINE_WORDS))).size, hot.length);
  });

  it("aligns 64-bit numbers to 8 bytes", () => {
    for (const word of [at.ARGS_SCALARS, at.RESULT_SCALAR, at.DURATION, at.STARTED, at.SPENT, at.OCCUPIED]) {
      assert.equal((at.SLOT_BASE + word) % 2, 0);
    }
    assert.equal(at.SLOT_WORDS % 2, 0);
  });

  it("has ring lengths that a mask can wrap, and no shorter completion ring than slots", () => {
    for (const length of [at.SLOTS, at.SUBMISSIONS]) assert.equal(length & (length - 1), 0);
    assert.ok(at.SUBMISSIONS >= at.SLOTS);
    assert.equal(at.SLOTS * at.GENERATIONS, 2 ** 32, "a ring entry is a word");
    assert.ok(at.SLOT_BASE - at.COMPLETION_RING >= at.SLOTS);
  });
});

describe("state words and ring entries", () => {
  const generations = [0, 1, 2, at.GENERATIONS / 2 - 1, at.GENERATIONS / 2, at.GENERATIONS - 1];

  it("keep slot, generation and state apart, in 32 bits", () => {
    const words = new Int32Array(1);
    for (const generation of generations) {
      for (const slot of [0, 1, 255, at.SLOTS - 1]) {
        words[0] = at.ringEntry(slot, generation);
        assert.equal(words[0], at.ringEntry(slot, generation));
        assert.deepEqual([at.entrySlot(words[0]!), at.entryGeneration(words[0]!)], [slot, generation]);
      }
      for (const state of [at.QUEUED, at.RUNNING, at.DONE, at.REVOKED, at.ABANDONED]) {
        words[0] = at.stateWord(generation, state);
        assert.equal(words[0], at.stateWord(generation, state));
        assert.deepEqual([words[0]! & 7, words[0]! >>> 3], [state, generation]);
      }
    }
  });
});
