/** Random values of every kind that `auto` carries, tied to random graphs. */
import { Buffer } from "node:buffer";
import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { Item, ItemError, ItemList, ItemMap } from "../fixtures/items.ts";

const realm = createContext({});

/** What random values may hold. */
export interface Kinds {
  /** Only what `structuredClone` gives back exactly on every runtime. */
  readonly clonable: boolean;
}

/** Strings of every kind, lone surrogates among them. */
export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.string() },
  { weight: 4, arbitrary: fc.string({ unit: "binary" }) },
  {
    weight: 4,
    arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  },
  // Beyond the limits of short strings, of runs of them, and of slots.
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom("x", "\u00fc", "\u20ac", "\u{1f600}", "\ud800"), fc.nat(12_000))
      .map(([unit, times]) => unit.repeat(times)),
  },
);

const scalar = fc.oneof(
  fc.constantFrom(undefined, null, true, false, 0, -0, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.constantFrom(0n, -1n, 2n ** 64n, -(2n ** 64n), 10n ** 300n),
  text,
);

const date = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(NaN, 8.64e15, -8.64e15, 0, -1, -62198755200000).map((time) => new Date(time)),
);

const regexp = fc.constantFrom(
  ["a", "g"],
  ["[é]\\/", "iu"],
  ["", ""],
  ["\\n|\\u2028", "dgimsy"],
  ["(?<name>.)\\k<name>", "u"],
  ["[\\p{L}--[a-z]]", "v"],
).map(([source, flags]) => new RegExp(source!, flags));

type ViewType = new (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView;

/** Every class of views that this runtime has, with the size of its elements. */
export const VIEWS: readonly (readonly [ViewType, number])[] = (
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float16Array Float32Array " +
  "Float64Array BigInt64Array BigUint64Array DataView"
).split(" ").flatMap((name) => {
  const View = (globalThis as unknown as Record<string, ViewType | undefined>)[name];
  return View === undefined ? [] : [[View, (View as unknown as Uint8ArrayConstructor).BYTES_PER_ELEMENT ?? 1] as const];
});

/** Content of a buffer: mostly little; sometimes past the size from which it travels beside the bytes. */
const content = fc.oneof(
  { weight: 200, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 64 * 1024 - 8, max: 70_000 }).map((size) => new Uint8Array(size).fill(size)),
  },
);

const buffer = (resizable: boolean): fc.Arbitrary<ArrayBuffer> =>
  fc.tuple(content, fc.boolean(), fc.nat(40)).map(([bytes, resizes, more]) => {
    if (!resizable || !resizes) return bytes.slice().buffer;
    const options = { maxByteLength: bytes.length + more };
    const made = new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(bytes.length, options);
    new Uint8Array(made).set(bytes);
    return made;
  });

const view = (memory: fc.Arbitrary<ArrayBufferLike>): fc.Arbitrary<ArrayBufferView> =>
  fc.tuple(memory, fc.constantFrom(...VIEWS), fc.nat(40), fc.nat(40), fc.boolean()).map(
    ([buffer, [View, size], skip, length, follows]) => {
      const from = Math.min(skip, buffer.byteLength);
      const offset = from - from % size;
      const room = Math.floor((buffer.byteLength - offset) / size);
      const resizable = (buffer as unknown as { resizable?: boolean }).resizable;
      // Node 20 wants whole elements.
      const fits = (buffer.byteLength - offset) % size === 0;
      return follows && resizable && fits ? new View(buffer, offset) : new View(buffer, offset, Math.min(length, room));
    },
  );

/** Some views on one buffer, and perhaps the buffer itself. */
/** A view of another realm, which arrives as one of this realm. */
const foreign = fc.tuple(content, fc.constantFrom("Uint8Array", "Int16Array", "BigInt64Array", "DataView"))
  .map(([bytes, name]) => {
    const whole = bytes.length - bytes.length % 8;
    const code = `((bytes, name) => new globalThis[name](Uint8Array.from(bytes).buffer))`;
    return (runInContext(code, realm) as (bytes: number[], name: string) => ArrayBufferView)(
      [...bytes.subarray(0, whole)],
      name,
    );
  });

const family = (resizable: boolean): fc.Arbitrary<unknown> =>
  buffer(resizable).chain((memory) =>
    fc.array(fc.oneof({ weight: 4, arbitrary: view(fc.constant(memory)) }, fc.constant(memory)), { maxLength: 5 })
  );

const shared = fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.boolean(), fc.nat(20)).map(([bytes, grows, more]) => {
  const options = grows ? { maxByteLength: bytes.length + more } : undefined;
  const memory = new (SharedArrayBuffer as new (length: number, options?: object) => SharedArrayBuffer)(
    bytes.length,
    options,
  );
  new Uint8Array(memory).set(bytes);
  return memory;
});

const boxed = scalar.filter((value) => value !== undefined && value !== null).map((value) => Object(value) as object);

function leaves({ clonable }: Kinds): fc.Arbitrary<unknown> {
  const common = [date, regexp, boxed, buffer(!clonable), view(buffer(!clonable)), family(!clonable)];
  const own = [foreign, fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)), shared, view(shared)];
  return fc.oneof(
    { weight: 8, arbitrary: scalar },
    ...[...common, ...clonable ? [] : own].map((arbitrary: fc.Arbitrary<unknown>) => ({ weight: 1, arbitrary })),
  );
}

const key = fc.oneof(
  text,
  fc.constantFrom("__proto__", "constructor", "toString", "length", "0", "1", "-1", "4294967295"),
);

const keyed = (make: () => object) => (entries: [string, unknown][]): object => {
  const target = make();
  for (const [name, value] of entries) {
    if (Array.isArray(target) && name === "length") continue;
    if (Array.isArray(target) && /^\d+$/.test(name) && Number(name) > 1e6) continue;
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  }
  return target;
};

/** Keys that an error must not get. */
const RESERVED = ["name", "message", "stack", "__proto__"];
const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

/** Values of every kind, inside one another. */
export function trees(kinds: Kinds): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      { weight: 3, arbitrary: leaves(kinds) },
      ...["array", "object", "holes", "map", "set", "error", "bare", "deep"].map((name) => tie(name)),
      ...kinds.clonable
        ? []
        : ["aggregate", "dom", "named", "old", "frozen", "item", "list", "dictionary"].map((name) => tie(name)),
    ),
    array: fc.array(tie("value"), { maxLength: 8 }),
    object: fc.array(fc.tuple(key, tie("value")), { maxLength: 8 }).map(keyed(() => ({}))),
    bare: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map(keyed(() => Object.create(null) as object)),
    holes: fc.tuple(fc.integer({ min: 0, max: 50 }), fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }))
      .map(([length, entries]) => keyed(() => new Array(length))(entries)),
    map: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 6 }).map((entries) => new Map(entries)),
    set: fc.array(tie("value"), { maxLength: 6 }).map((items) => new Set(items)),
    error: fc.tuple(fc.constantFrom(...ERRORS), text, fc.option(tie("value"), { nil: undefined }), fc.boolean())
      .map(([Class, message, cause, isCaused]) => isCaused ? new Class(message, { cause }) : new Class(message)),
    aggregate: fc.tuple(fc.array(tie("value"), { maxLength: 3 }), text)
      .map(([errors, message]) => new AggregateError(errors, message)),
    dom: fc.tuple(text, fc.constantFrom("AbortError", "DataCloneError", "OwnName"))
      .map(([message, name]) => new DOMException(message, name)),
    named: fc.tuple(
      fc.constantFrom(...ERRORS, ItemError),
      text,
      text,
      fc.array(fc.tuple(key, tie("value")), { maxLength: 3 }),
    )
      .map(([Class, message, name, entries]) =>
        keyed(() => Object.assign(new Class(message), { name }))(entries.filter(([key]) => !RESERVED.includes(key)))
      ),
    // An error by its prototype only, as old-style classes make it.
    old: fc.tuple(
      fc.constantFrom(...ERRORS, ItemError),
      text,
      text,
      fc.array(fc.tuple(key, tie("value")), { maxLength: 3 }),
    )
      .map(([Class, message, name, entries]) =>
        keyed(() => Object.assign(Object.create(Class.prototype) as Error, { name, message }))(
          entries.filter(([key]) => !RESERVED.includes(key)),
        )
      ),
    frozen: fc.tuple(fc.constantFrom(...ERRORS, ItemError), text, tie("value"))
      .map(([Class, message, cause]) => Object.freeze(Object.assign(new Class(message, { cause }), { code: message }))),
    item: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map(keyed(() => new Item())),
    list: fc.array(tie("value"), { maxLength: 4 }).map((items) => ItemList.from(items)),
    dictionary: fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((entries) => new ItemMap(entries)),
    // Deeper than what is written without being put off.
    deep: fc.tuple(tie("value"), fc.nat(600), fc.nat(30)).map(([inner, depth, rare]) => {
      let value = inner;
      for (let i = rare === 0 ? depth : depth % 4; i > 0; i--) value = i % 2 ? [value] : { next: value };
      return value;
    }),
  })).value;
}

/** Ties random knots: makes objects of the graph hold others, so that it has cycles and shared parts. */
export function knot(root: unknown, picks: readonly number[]): unknown {
  const found = new Set<object>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || found.has(value)) return;
    found.add(value);
    if (value instanceof Map) [...value].flat().forEach(visit);
    else if (value instanceof Set) value.forEach(visit);
    else if (!ArrayBuffer.isView(value)) Object.values(value).forEach(visit);
  };
  visit(root);
  const objects = [...found];
  for (let i = 0; i + 1 < picks.length && objects.length > 0; i += 2) {
    const [from, to] = [objects[picks[i]! % objects.length]!, objects[picks[i + 1]! % objects.length]!];
    if (!Object.isExtensible(from)) continue;
    if (from instanceof Map) from.set(i, to);
    else if (from instanceof Set) from.add(to);
    else if (Array.isArray(from)) from.push(to);
    else if (from instanceof Error || [Object.prototype, null].includes(Object.getPrototypeOf(from))) {
      Object.defineProperty(from, `knot${i}`, { value: to, enumerable: true, writable: true, configurable: true });
    }
  }
  return root;
}
