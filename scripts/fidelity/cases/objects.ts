/** Objects and what holds them together. */
import { runInNewContext, runInThisContext } from "node:vm";
import { type Case, echo } from "../case.ts";
import { Point, RegisteredPoint } from "../classes.ts";

function holes(): unknown[] {
  const array = new Array(6);
  array[1] = undefined;
  array[4] = "four";
  return array;
}

function cycles(): unknown {
  const object: Record<string, unknown> = { map: new Map(), set: new Set(), list: [] };
  (object["map"] as Map<unknown, unknown>).set(object, object["set"]);
  (object["set"] as Set<unknown>).add(object["map"]);
  (object["list"] as unknown[]).push(object, object["list"]);
  return object;
}

function twice(): unknown {
  const shared = { n: 1 };
  const date = new Date(5);
  return { a: shared, b: [shared, date], c: new Map([[shared, date]]), like: { n: 1 } };
}

function deep(depth: number): unknown {
  let object: unknown = "the bottom";
  for (let i = 0; i < depth; i++) object = i % 2 === 0 ? { object } : [object];
  return object;
}

function hidden(): object {
  const object = { shown: 1, [Symbol("key")]: 2 };
  return Object.defineProperty(object, "hidden", { value: 3, enumerable: false });
}

/** Code of which another realm, as `node:vm` and Jest make them, and this one make the same values. */
const REALM = `({
  plain: { list: [1, { two: 2 }] },
  map: new Map([["a", new Set([1, new Date(5)])]]),
  bytes: new Uint8Array([1, 2, 3]),
  buffer: new Float64Array([0.5]).buffer,
  pattern: /x+/gi,
})`;
/** The same of errors, which structured clone gives to this realm as well. */
const REALM_ERRORS = `[new RangeError("it failed", { cause: new TypeError("why") })]`;

export const objects: Case[] = [
  echo("values of another realm; become this one's", () => runInNewContext(REALM), {
    becomes: () => runInThisContext(REALM),
  }),
  echo("errors of another realm; become this one's", () => runInNewContext(REALM_ERRORS), {
    becomes: () => runInThisContext(REALM_ERRORS),
  }),
  echo("plain data as from JSON", () => ({ id: 1, tags: ["a", "b"], nested: { ok: true, none: null } })),
  echo("order of properties", () => ({ z: 1, 10: "ten", a: 2, 2: "two" })),
  echo("Map, Set, nested", () => new Map<unknown, unknown>([["a", new Set([1, NaN, -0])], [NaN, new Map([[1n, 2]])]])),
  echo("Map with objects as keys", () => {
    const key = { id: 1 };
    return { map: new Map<unknown, unknown>([[key, "one"], [[2], key]]), key };
  }),
  echo("array with holes", holes),
  echo("array with other properties", () => Object.assign([1, 2], { total: 3, "-1": 4 })),
  echo("array of a million holes", () => new Array(1_000_000)),
  echo("own property `__proto__`", () => JSON.parse(`{"__proto__": {"polluted": true}, "constructor": 1}`)),
  echo("object without a prototype; gets the usual one", () => Object.assign(Object.create(null), { a: 1 }), {
    becomes: () => ({ a: 1 }),
  }),
  echo("cycles through object, array, Map and Set", cycles),
  echo("one object at three places stays one", twice),
  echo("object nested 1,000 deep", () => deep(1000)),
  echo("object nested 10,000 deep", () => deep(10_000), { mayRefuse: true }),
  echo("100,000 small objects", () => Array.from({ length: 100_000 }, (_, i) => ({ i, text: `item ${i}` }))),
  echo(
    "getter; becomes its value",
    () => ({
      get now() {
        return [1];
      },
    }),
    { becomes: () => ({ now: [1] }) },
  ),
  echo("hidden properties and symbol keys; are left out", hidden, { becomes: () => ({ shown: 1 }) }),
  echo("frozen object; arrives", () => Object.freeze({ a: Object.freeze([1]) })),
  echo("instance of a class; becomes a plain object", () => new Point(3, 4), { becomes: () => ({ x: 3, y: 4 }) }),
  echo("instance of a class that the library was told of", () => new RegisteredPoint(3, 4), { beyond: true }),
  echo("the same, nested", () => ({ at: [new RegisteredPoint(3, 4)] }), { beyond: true }),
];
