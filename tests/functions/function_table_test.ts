/** Which functions have a number, and when they lose it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FunctionReader, FunctionWriter } from "../../src/functions/function_memory.ts";
import type { LoopHost } from "../../src/functions/chunk_outcome.ts";
import type { AnyFunction, FormatRecord, SourceRecord } from "../../src/functions/function_record.ts";
import { FunctionResolver, type ResolvedFunction } from "../../src/functions/function_resolver.ts";
import { FunctionTable, type KnownFunction } from "../../src/functions/function_table.ts";

/** A table with its memory, a worker's reader of it, and the numbers that workers hold. */
class Lab {
  readonly held: Set<number> = new Set();
  readonly writer: FunctionWriter;
  readonly table: FunctionTable;
  readonly reader: FunctionReader;
  readonly resolver: FunctionResolver;
  constructor(maxBytes?: number) {
    this.writer = new FunctionWriter(maxBytes);
    this.table = new FunctionTable(this.writer, (mark) => this.held.forEach(mark));
    this.reader = new FunctionReader(this.writer.memory);
    this.resolver = new FunctionResolver(this.reader, {} as LoopHost);
  }

  /** What a push does; gives the number. */
  push(fn: AnyFunction): number {
    const known = this.table.ofValue(fn);
    if (known.record.number < 0) this.table.place(known);
    return known.record.number;
  }

  /** Runs a function as a worker does. */
  run(number: number, ...args: unknown[]): unknown {
    return (this.resolver.resolve(number) as ResolvedFunction).call(...args);
  }
}

/** A function whose text is unlike that of any other number. */
function make(i: number, size = 0): AnyFunction {
  return new Function(`return ${i}; // ${"x".repeat(size)}`) as AnyFunction;
}

describe("a table of functions", () => {
  it("gives closures of one source one number, and keeps it while they are few", () => {
    const lab = new Lab();
    const closure = (i: number) => () => i;
    const number = lab.push(closure(1));
    for (let i = 0; i < 100; i++) lab.push(make(i));
    assert.equal(lab.push(closure(2)), number);
  });

  it("gives a number at the first push, not at the call", () => {
    const lab = new Lab();
    const known: KnownFunction = lab.table.ofValue(make(1));
    assert.equal(known.record.number, -1);
    lab.table.place(known);
    assert.equal(lab.run(known.record.number), 1);
  });

  it("stays small and gives each its own code, whatever the number of functions", () => {
    const lab = new Lab();
    for (let i = 0; i < 6000; i++) assert.equal(lab.run(lab.push(make(i, 1000))), i);
    assert.ok(lab.writer.byteLength < 24 * 1024 * 1024, `${lab.writer.byteLength} bytes`);
  });

  it("spares what a worker holds, and what is to stay, from reuse", () => {
    const lab = new Lab();
    const held = lab.push(make(-1));
    lab.held.add(held);
    const kept = lab.table.keep(make(-2));
    const id = lab.reader.id(held);
    for (let i = 0; i < 10_000; i++) {
      const number = lab.push(make(i));
      assert.ok(number !== held && number !== kept);
    }
    assert.equal(lab.reader.id(held), id);
    assert.deepEqual([lab.run(held), lab.run(kept)], [-1, -2]);
  });

  it("gives a function that had left another number, and workers find the right one", () => {
    const lab = new Lab();
    const first = make(-1);
    const number = lab.push(first);
    assert.equal(lab.run(number), -1);
    for (let i = 0; i < 5000; i++) lab.push(make(i));
    assert.equal(lab.table.ofValue(first).record.number, -1, "it has left");
    assert.equal(lab.run(lab.push(first)), -1);
  });

  it("takes closures of a source that had left for one function again", () => {
    const lab = new Lab();
    const closure = () => () => 5;
    const [one, two] = [closure(), closure()];
    lab.push(one);
    lab.push(two);
    for (let i = 0; i < 5000; i++) lab.push(make(i));
    const number = lab.push(two);
    assert.equal(lab.push(one), number);
    assert.equal(lab.run(number), 5);
  });

  it("spares those that are looked up again and again before those that were used once", () => {
    const lab = new Lab();
    const hot = make(-1);
    const number = lab.push(hot);
    for (let i = 0; i < 6000; i++) {
      lab.push(make(i));
      assert.equal(lab.push(hot), number);
    }
  });

  it("makes room for a large one out of all that no worker holds", () => {
    const lab = new Lab(256 * 1024);
    const held = lab.push(make(-1, 100 * 1024));
    lab.held.add(held);
    for (let i = 0; i < 10; i++) assert.equal(lab.run(lab.push(make(i, 100 * 1024))), i);
    assert.equal(lab.run(held), -1);
    assert.throws(() => lab.push(make(-2, 200 * 1024)), { name: "RangeError", message: /^Cannot add function/ });
    assert.equal(lab.run(lab.push(make(-3))), -3, "the table works on");
  });

  it("keeps no more of a sweep's functions in a worker than there are numbers", () => {
    const lab = new Lab();
    const seen = new Set<number>();
    for (let i = 0; i < 6000; i++) {
      const number = lab.push(make(i));
      seen.add(number);
      lab.run(number);
    }
    assert.ok(seen.size < 3000, `${seen.size} numbers`);
  });

  it("names a format by the record of its own number, however many functions there are", () => {
    const lab = new Lab();
    for (let i = 0; i < 10; i++) lab.push(make(i));
    const format = lab.table.ofFormat("mine");
    for (let i = 0; i < 5000; i++) lab.push(make(i));
    assert.equal(lab.table.ofFormat("mine"), format);
    assert.deepEqual(lab.reader.get(format) as FormatRecord, { kind: "format", name: "mine" });
    assert.equal(lab.resolver.formatName(format), "mine");
    assert.equal(lab.resolver.formatName(0), "auto");
    assert.throws(() => lab.resolver.formatName(format + 1), RangeError);
    assert.throws(() => lab.resolver.resolve(format), /never announced/);
  });

  it("has a worker drop what left, at one of the next functions that it meets", () => {
    const lab = new Lab();
    const numbers = Array.from({ length: 100 }, (_, i) => lab.push(make(i)));
    for (const number of numbers) lab.run(number);
    for (let i = 0; i < 5000; i++) lab.push(make(1000 + i));
    const record = lab.reader.get(numbers[0]!) as SourceRecord | undefined;
    assert.ok(record === undefined || record.source !== make(0).toString());
    for (let i = 0; i < 100; i++) assert.equal(lab.run(lab.push(make(9000 + i))), 9000 + i);
  });
});
