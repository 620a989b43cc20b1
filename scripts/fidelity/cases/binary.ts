/** Bytes. */
import { Buffer } from "node:buffer";
import { type Case, comparison, echo, result } from "../case.ts";

type View = (new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView) & {
  readonly name: string;
  readonly BYTES_PER_ELEMENT?: number;
};

const NAMES = [
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array"],
  ...["Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "DataView"],
];

const filled = (length: number): ArrayBuffer => Uint8Array.from({ length }, (_, i) => i * 7).buffer;

function eachKind(): Case[] {
  return NAMES.map((name) => {
    const Type = (globalThis as unknown as Record<string, View | undefined>)[name];
    return echo(name, () => new Type!(filled(64), 0, 64 / (Type!.BYTES_PER_ELEMENT ?? 1)), { has: Type !== undefined });
  });
}

/** A view of a part that comes back as a view of nothing but this part. */
function part(): Uint8Array {
  return new Uint8Array(filled(4096), 100, 16);
}

const overlapping = (): [Uint8Array, Uint8Array] => {
  const buffer = filled(32);
  return [new Uint8Array(buffer), new Uint8Array(buffer, 1, 8)];
};

const resizable = (): ArrayBuffer => {
  const buffer = new (ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer)(8, { maxByteLength: 64 });
  new Uint8Array(buffer).set([1, 2, 3]);
  return buffer;
};

const tracking = (): Uint8Array => new Uint8Array(resizable());

/** Whether a length-tracking view still follows its buffer. */
function follows(view: Uint8Array): boolean {
  (view.buffer as unknown as { resize(length: number): void }).resize(20);
  return view.length === 20;
}

export const binary: Case[] = [
  ...eachKind(),
  echo("ArrayBuffer", () => filled(1000)),
  echo("empty ArrayBuffer and view", () => [new ArrayBuffer(0), new Float32Array(0)]),
  echo(
    "`NaN` bits of a Float64Array",
    () => new BigUint64Array([0x7ff8_0000_0000_1234n, 0xfff4_0000_0000_0001n]).buffer,
  ),
  echo("resizable ArrayBuffer", resizable),
  {
    title: "view that follows a resizable ArrayBuffer",
    async run(pool) {
      const view = await pool.run("echo", tracking()) as Uint8Array;
      const finding = comparison(tracking(), view);
      if (finding.verdict !== "kept" || follows(view)) return finding;
      return { verdict: "changed", note: "a view of fixed length" };
    },
  },
  echo("view of a part brings only its own bytes", part, { becomes: (view) => view.slice(), beyond: true }),
  echo("two views of one buffer still share it", overlapping),
  echo("view and its buffer side by side", () => {
    const buffer = filled(24);
    return { buffer, view: new Uint16Array(buffer) };
  }),
  echo("Buffer", () => Buffer.from("añ€"), { beyond: true }),
  echo("Buffer nested", () => ({ body: [Buffer.alloc(9000, 5)] }), { beyond: true }),
  echo("buffer of 16 MiB, there and back", () => new Uint8Array(16 * 2 ** 20).fill(3)),
  result("result of 64 MiB", "large"),
];
