/** The function memory: what one side writes, the other reads; numbers and bytes that are free are used again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FreeRanges } from "../../src/functions/free_ranges.ts";
import { FIRST_FUNCTION, FunctionReader, FunctionWriter } from "../../src/functions/function_memory.ts";
import { createRandom } from "./_rig.ts";

function createMemory(
  maxBytes?: number,
): { writer: FunctionWriter; open: () => FunctionReader; place: (record: unknown) => number } {
  const writer = new FunctionWriter(maxBytes);
  return {
    writer,
    open: () => new FunctionReader(writer.memory),
    place: (record) => writer.place(JSON.stringify(record)),
  };
}

describe("function memory", () => {
  it("numbers records behind the formats and gives each by its number", () => {
    const { open, place } = createMemory();
    const records = [{ name: "a" }, "text of any length", 3, null, { name: "ünïcödé 😀" }];
    const numbers = records.map(place);
    assert.deepEqual(numbers, [0, 1, 2, 3, 4].map((i) => FIRST_FUNCTION + i));
    const reader = open();
    assert.deepEqual([4, 0, 3, 1, 2].map((i) => reader.get(numbers[i]!)), [4, 0, 3, 1, 2].map((i) => records[i]));
    assert.equal(reader.get(numbers[4]! + 1), undefined);
    assert.equal(reader.id(1e6), 0, "outside of the index");
  });

  it("gives a record that was written after the reader last looked", () => {
    const { open, place } = createMemory();
    const reader = open();
    assert.equal(reader.get(FIRST_FUNCTION), undefined);
    assert.equal(reader.get(place("first")), "first");
    assert.equal(reader.get(place("second")), "second");
  });

  it("has a format's record under the format's number", () => {
    const { writer, open } = createMemory();
    assert.equal(writer.place(JSON.stringify("name"), 7), 7);
    assert.equal(open().get(7), "name");
    assert.equal(open().get(6), undefined);
  });

  it("grows, and readers that were there before read on", () => {
    const { writer, open, place } = createMemory();
    const before = writer.byteLength;
    const reader = open();
    const text = "y".repeat(1000);
    for (let i = 0; i < 1000; i++) assert.equal(reader.get(place(`${i}${text}`)), `${i}${text}`);
    assert.ok(writer.byteLength > before);
    assert.equal(open().get(FIRST_FUNCTION + 999), `999${text}`);
  });

  it("uses a freed number again, the last one first, with another id", () => {
    const { writer, open, place } = createMemory();
    const [a, b] = [place("a"), place("b")];
    const reader = open();
    const id = reader.id(b);
    writer.free(a);
    writer.free(b);
    assert.equal(reader.id(b), 0);
    assert.equal(reader.get(b), undefined);
    assert.equal(place("c"), b);
    assert.equal(place("d"), a);
    assert.ok(reader.id(b) !== id && reader.id(b) !== 0);
    assert.deepEqual([reader.get(a), reader.get(b)], ["d", "c"]);
  });

  it("says that it is full, without harm to what it holds, and goes on once there is room", () => {
    const { writer, open, place } = createMemory(64 * 1024);
    const kept = place("kept");
    const large = "z".repeat(50 * 1024);
    const number = place(large);
    assert.equal(place(large), -1);
    writer.free(number);
    assert.equal(place("next"), number);
    assert.deepEqual([kept, number].map((one) => open().get(one)), ["kept", "next"]);
  });

  it("stays as small as what it holds, whatever the sizes of what comes and goes", () => {
    const { writer, open, place } = createMemory();
    const random = createRandom(7);
    const held: { number: number; text: string }[] = [];
    const reader = open();
    for (let i = 0; i < 5000; i++) {
      const text = String(i).repeat(1 + random(2000));
      held.push({ number: place(text), text });
      if (held.length > 50) {
        const [gone] = held.splice(random(50), 1);
        assert.equal(reader.get(gone!.number), gone!.text);
        writer.free(gone!.number);
      }
    }
    for (const { number, text } of held) assert.equal(reader.get(number), text);
    assert.ok(writer.byteLength < 2 * 1024 * 1024, `${writer.byteLength} bytes for 50 records of 5 kB at most 8 kB`);
  });
});

describe("free ranges", () => {
  it("never overlap, and are one again when all is given back", () => {
    const random = createRandom(3);
    const ranges = new FreeRanges(1 << 20);
    const taken: { offset: number; size: number }[] = [];
    for (let i = 0; i < 3000; i++) {
      const size = random(3000);
      const offset = random(3) > 0 ? ranges.take(size) : -1;
      if (offset >= 0) {
        for (const other of taken) {
          assert.ok(offset + size <= other.offset || other.offset + other.size <= offset, "two overlap");
        }
        assert.ok(offset + size <= 1 << 20);
        taken.push({ offset, size });
      } else if (taken.length > 0) {
        const [gone] = taken.splice(random(taken.length), 1);
        ranges.give(gone!.offset, gone!.size);
      }
    }
    for (const { offset, size } of taken) ranges.give(offset, size);
    assert.equal(ranges.end, 0);
    assert.equal(ranges.take(1 << 20), 0);
    assert.equal(ranges.take(1), -1);
  });
});
