/** The function log: what one side appends, the other reads, in order and complete. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CONTROL_BYTES, FUNCTIONS_LENGTH } from "../../src/transport/layout.ts";
import { createLogBuffer, LogReader, LogWriter } from "../../src/functions/function_log.ts";

function createLog(): { writer: LogWriter; open: () => LogReader; control: Int32Array; buffer: SharedArrayBuffer } {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES));
  const buffer = createLogBuffer();
  return { writer: new LogWriter(buffer, control), open: () => new LogReader(buffer, control), control, buffer };
}

describe("function log", () => {
  it("numbers records from 0 and gives each by its number", () => {
    const { writer, open } = createLog();
    const records = [{ name: "a" }, "text of any length", 3, null, { name: "ünïcödé 😀" }];
    assert.deepEqual(records.map((record) => writer.append(record)), [0, 1, 2, 3, 4]);
    const reader = open();
    assert.deepEqual([4, 0, 3, 1, 2].map((number) => reader.get(number)), [4, 0, 3, 1, 2].map((i) => records[i]));
    assert.equal(reader.get(5), undefined);
  });

  it("gives a record that was appended after the reader last looked", () => {
    const { writer, open } = createLog();
    const reader = open();
    assert.equal(reader.get(0), undefined);
    writer.append("first");
    assert.equal(reader.get(0), "first");
    writer.append("second");
    assert.equal(reader.get(1), "second");
  });

  it("shows a record only once FUNCTIONS_LENGTH covers it", () => {
    const { writer, open, control } = createLog();
    writer.append("first");
    const covered = control[FUNCTIONS_LENGTH]!;
    writer.append("second");
    const complete = control[FUNCTIONS_LENGTH]!;
    Atomics.store(control, FUNCTIONS_LENGTH, covered); // as if the writer stood before its last store
    const reader = open();
    assert.equal(reader.get(0), "first");
    assert.equal(reader.get(1), undefined);
    Atomics.store(control, FUNCTIONS_LENGTH, complete);
    assert.equal(reader.get(1), "second");
  });

  it("keeps every record on whole words, whatever its length in bytes", () => {
    const { writer, open, control } = createLog();
    for (let length = 0; length < 9; length++) {
      writer.append("x".repeat(length));
      assert.equal(control[FUNCTIONS_LENGTH]! % 4, 0);
    }
    const reader = open();
    for (let length = 0; length < 9; length++) assert.equal(reader.get(length), "x".repeat(length));
  });

  it("finds by a test, among those appended since too", () => {
    const { writer, open } = createLog();
    const reader = open();
    writer.append({ name: "a" });
    assert.deepEqual(reader.find((record) => (record as { name: string }).name === "a"), { name: "a" });
    assert.equal(reader.find(() => false), undefined);
    writer.append({ name: "b" });
    assert.deepEqual(reader.find((record) => (record as { name: string }).name === "b"), { name: "b" });
  });

  it("grows, and readers that were there before read on", () => {
    const { writer, open, buffer } = createLog();
    const before = buffer.byteLength;
    const reader = open();
    const text = "y".repeat(10_000);
    for (let number = 0; number < 10; number++) {
      writer.append(`${number}${text}`);
      assert.equal(reader.get(number), `${number}${text}`);
    }
    assert.ok(buffer.byteLength > before);
    assert.equal(open().get(9), `9${text}`);
  });

  it("says that it is full, and what to do, without harm to what it holds", () => {
    const { writer, open } = createLog();
    writer.append("kept");
    const text = "z".repeat(64 * 1024 * 1024);
    assert.throws(() => writer.append(text), { name: "RangeError", message: /log is full: 1 functions/ });
    assert.equal(writer.append("next"), 1);
    assert.equal(open().get(1), "next");
  });
});
