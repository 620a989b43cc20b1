/** A value's whole graph as text, so that two values are the same exactly if their texts are. */
import { Buffer } from "node:buffer";
import { types } from "node:util";

/** Parts of an error that are not enumerable but matter. */
const HIDDEN = ["cause", "errors", "code"];

/** What `lib` does not know everywhere. */
interface Resizable {
  readonly resizable?: boolean;
  readonly growable?: boolean;
  readonly maxByteLength: number;
}

/** How much of a graph is told. */
export interface Detail {
  /** The parts of errors that `structuredClone` loses somewhere. */
  readonly errors?: boolean;
}

/** The value's graph as text: types, identity, holes, -0, order of properties, shared buffers. */
export function describeGraph(value: unknown, { errors = true }: Detail = {}): string {
  const numbers = new Map<object, number>();
  /** Number of each buffer, and the offset of the first view on it that was met. */
  const buffers = new Map<object, { id: number; from: number }>();
  const lines: string[] = [];
  const number = (object: object, text: (id: number) => string): string => {
    const known = numbers.get(object);
    if (known !== undefined) return `#${known}`;
    const id = numbers.size;
    numbers.set(object, id);
    const at = lines.push("") - 1;
    lines[at] = `#${id} = ${text(id)}`;
    return `#${id}`;
  };
  const pairs = (object: object, keys: readonly string[]) =>
    keys.map((key) => `${JSON.stringify(key)}: ${name((object as Record<string, unknown>)[key])}`).join(", ");
  const properties = (object: object) => pairs(object, Object.keys(object));
  /** Which memory a view or buffer is on; only a part of the memory may have crossed, so offsets are relative. */
  const place = (buffer: object, offset: number): string => {
    let known = buffers.get(buffer);
    if (known === undefined) buffers.set(buffer, known = { id: buffers.size, from: offset });
    const { resizable, growable, maxByteLength } = buffer as Resizable;
    const kind = types.isSharedArrayBuffer(buffer) ? "shared" : "private";
    return `${kind} ${resizable || growable ? `up to ${maxByteLength} ` : ""}b${known.id}${offset - known.from}`;
  };
  const bytesOf = (bytes: Uint8Array) =>
    bytes.length < 4096 ? bytes.join(" ") : `${bytes.length} ${Buffer.from(bytes).toString("latin1")}`;
  const name = (item: unknown): string => {
    if (typeof item === "bigint") return `${item}n`;
    if (Object.is(item, -0)) return "-0";
    if (typeof item === "string") return JSON.stringify(item);
    if (typeof item !== "object" || item === null) return String(item);
    return number(item, () => {
      if (Array.isArray(item)) return `array ${item.constructor?.name} ${item.length} {${properties(item)}}`;
      if (types.isDate(item)) return `date ${item.getTime()}`;
      if (types.isRegExp(item)) return `regexp ${JSON.stringify(item.source)} ${item.flags} ${item.lastIndex}`;
      if (types.isMap(item)) {
        return `map ${item.constructor?.name} {${
          [...item].map(([key, entry]) => `${name(key)} => ${name(entry)}`).join(", ")
        }}`;
      }
      if (types.isSet(item)) return `set {${[...item].map(name).join(", ")}}`;
      if (item instanceof Error) {
        const own = errors ? HIDDEN.filter((key) => Object.hasOwn(item, key)) : [];
        const shown = Object.keys(item).filter((key) => !own.includes(key));
        const { constructor } = Object.getPrototypeOf(item); // an error may have a property of that name
        // One without the brand arrives with it.
        const tag = types.isNativeError(item) ? Object.prototype.toString.call(item) : "[object Error]";
        const text = `${constructor.name} ${tag} ${JSON.stringify(item.name)}`;
        return `error ${text} ${JSON.stringify(item.message)} {${pairs(item, own)}} {${pairs(item, shown)}}`;
      }
      if (types.isAnyArrayBuffer(item)) {
        return `buffer ${item.byteLength} ${place(item, 0)} ${bytesOf(new Uint8Array(item))}`;
      }
      if (ArrayBuffer.isView(item)) {
        const { buffer, byteOffset, byteLength } = item;
        const bytes = bytesOf(new Uint8Array(buffer, byteOffset, byteLength));
        return `${item.constructor.name} ${byteLength} ${place(buffer, byteOffset)} ${bytes}`;
      }
      if (types.isBoxedPrimitive(item)) return `boxed ${typeof item.valueOf()} ${name(item.valueOf())}`;
      const prototype = Object.getPrototypeOf(item);
      return `${prototype === Object.prototype ? "object" : `instance ${prototype?.constructor?.name}`} {${
        properties(item)
      }}`;
    });
  };
  const root = name(value);
  return [root, ...lines].join("\n");
}

/** The text of the graph that has to arrive: as it is, but that prototypes other than built-in ones are gone. */
export function expectedGraph(value: unknown): string {
  return describeGraph(value).replaceAll("instance undefined {", "object {");
}
