/** Whether two graphs are equal, exactly: types, prototypes, identities, holes, -0, bytes. */
import { Buffer } from "node:buffer";

type Keyed = Record<PropertyKey, unknown>;

const brandOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

function bytesOf(value: ArrayBufferLike | ArrayBufferView): Buffer {
  if (!ArrayBuffer.isView(value)) return Buffer.from(value as ArrayBuffer);
  return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength);
}

function show(value: unknown): string {
  if (typeof value === "string") return value.length > 30 ? `a string of ${value.length}` : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  const name = prototype?.constructor?.name ?? "object without a class";
  return `${/^[AEIO]/i.test(name) ? "an" : "a"} ${name}`;
}

/** Walks both graphs side by side. */
class Differ {
  readonly #seen: Map<object, object> = new Map();
  readonly #taken: Set<object> = new Set();
  readonly #work: [wanted: unknown, got: unknown, path: string][] = [];

  /** @returns the first difference, or `undefined` */
  run(wanted: unknown, got: unknown): string | undefined {
    this.#work.push([wanted, got, ""]);
    for (let i = 0; i < this.#work.length; i++) { // which grows
      const [one, other, path] = this.#work[i]!;
      const found = this.#pair(one, other, path);
      if (found !== undefined) return `${path === "" ? "" : `${path}: `}${found}`;
    }
    return undefined;
  }

  #pair(wanted: unknown, got: unknown, path: string): string | undefined {
    if (typeof wanted !== "object" || wanted === null) {
      return Object.is(wanted, got) ? undefined : `${show(got)} instead of ${show(wanted)}`;
    }
    if (typeof got !== "object" || got === null) return `${show(got)} instead of ${show(wanted)}`;
    const known = this.#seen.get(wanted);
    if (known !== undefined) return known === got ? undefined : "two objects instead of one";
    if (this.#taken.has(got)) return "one object instead of two";
    this.#seen.set(wanted, got);
    this.#taken.add(got);
    if (brandOf(wanted) !== brandOf(got) || Object.getPrototypeOf(wanted) !== Object.getPrototypeOf(got)) {
      return `${show(got)} instead of ${show(wanted)}`;
    }
    return this.#contents(wanted, got, path) ?? this.#properties(wanted, got, path);
  }

  #contents(wanted: object, got: object, path: string): string | undefined {
    if (ArrayBuffer.isView(wanted)) return this.#view(wanted, got as ArrayBufferView, path);
    const texts = factsOf(wanted).map((fact) => [fact(wanted as never), fact(got as never)]);
    for (const [one, other] of texts) if (!Object.is(one, other)) return `${show(other)} instead of ${show(one)}`;
    if (wanted instanceof Map) this.#entries([...wanted].flat(), [...got as Map<unknown, unknown>].flat(), path);
    if (wanted instanceof Set) this.#entries([...wanted], [...got as Set<unknown>], path);
    return undefined;
  }

  #entries(wanted: unknown[], got: unknown[], path: string): void {
    wanted.forEach((item, i) => this.#work.push([item, got[i], `${path}(${i})`]));
  }

  #view(wanted: ArrayBufferView, got: ArrayBufferView, path: string): string | undefined {
    if (!bytesOf(wanted).equals(bytesOf(got))) return "other bytes";
    if (Buffer.isBuffer(wanted)) return undefined; // which may lie in a pool of its thread
    if (wanted.buffer.byteLength !== got.buffer.byteLength) {
      return `a buffer of ${got.buffer.byteLength} bytes instead of ${wanted.buffer.byteLength}`;
    }
    if (wanted.byteOffset !== got.byteOffset) return `at ${got.byteOffset} instead of ${wanted.byteOffset}`;
    this.#work.push([wanted.buffer, got.buffer, `${path}.buffer`]);
    return undefined;
  }

  #properties(wanted: object, got: object, path: string): string | undefined {
    const isError = wanted instanceof Error;
    const keys = ownKeys(wanted, isError);
    const others = ownKeys(got, isError);
    const [known, found] = [new Set(keys), new Set(others)];
    const missing = keys.find((key) => !found.has(key));
    if (missing !== undefined) return `\`${missing}\` is missing`;
    const added = others.find((key) => !known.has(key));
    if (added !== undefined) return `\`${added}\` is new`;
    if (!isError && keys.join() !== others.join()) return "another order of properties";
    for (const key of keys) {
      if (isGetter(got, key) && !isGetter(wanted, key)) return `\`${key}\` is a getter`;
      this.#work.push([(wanted as Keyed)[key], (got as Keyed)[key], `${path}.${key}`]);
    }
    return undefined;
  }
}

function isGetter(object: object, key: string): boolean {
  return Object.getOwnPropertyDescriptor(object, key)?.get !== undefined;
}

/** Own keys that count: views have none, stacks differ, the rest of an error's hidden ones matter. */
function ownKeys(value: object, isError: boolean): string[] {
  if (ArrayBuffer.isView(value)) return [];
  if (!isError) return Object.keys(value);
  const hidden = Object.getOwnPropertyNames(value).filter((key) => ["cause", "errors"].includes(key));
  const shown = Object.keys(value).filter((key) => !["name", "message", "stack", "line", "column"].includes(key));
  return [...new Set([...shown, ...hidden])];
}

/** What is compared of a kind of object, beside its properties. */
function factsOf(value: object): ((object: never) => unknown)[] {
  if (value instanceof Date) return [(date: Date) => date.getTime()];
  if (value instanceof RegExp) return [String, ({ lastIndex }: RegExp) => lastIndex];
  if (value instanceof Map || value instanceof Set) return [({ size }: Set<unknown>) => size];
  if (value instanceof Error) {
    return [({ name }: Error) => name, ({ message }: Error) => message, ({ stack }: Error) => typeof stack];
  }
  if (Array.isArray(value)) return [({ length }: unknown[]) => length];
  if (value instanceof ArrayBuffer) {
    return [
      (buffer: ArrayBuffer) => buffer.byteLength,
      (buffer: ArrayBuffer) => buffer.maxByteLength,
      (buffer: ArrayBuffer) => bytesOf(buffer).toString("latin1"),
    ];
  }
  if (typeof Blob === "function" && value instanceof Blob) return [({ size }: Blob) => size, ({ type }: Blob) => type];
  if (/^(?:Number|String|Boolean|BigInt)$/.test(brandOf(value))) return [(box: object) => box.valueOf()];
  return [];
}

/** The first difference between what is wanted and what came, or `undefined`. */
export function differ(wanted: unknown, got: unknown): string | undefined {
  return new Differ().run(wanted, got);
}
