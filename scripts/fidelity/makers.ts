/** Values that workers make, throw or give; the caller makes the same to compare. */
import { Failure, RegisteredFailure } from "./classes.ts";

function tree(): unknown {
  return { list: [1, { two: 2 }], map: new Map([["a", new Set([1])]]), when: new Date(0), none: undefined };
}

/** An error with properties of its own. */
function withProperties(error: Error, properties: object): Error {
  return Object.assign(error, properties);
}

function cyclic(): Error {
  const inner = new RangeError("inner");
  const outer = new TypeError("outer", { cause: inner });
  inner.cause = outer;
  return outer;
}

function throwingGetter(): Error {
  const error = new TypeError("it failed");
  Object.defineProperty(error, "details", {
    enumerable: true,
    get() {
      throw new Error("no details");
    },
  });
  return error;
}

/** As libraries of before ES2015 make theirs: what `Error` would have set is set by hand. */
function OldError(this: Record<string, unknown>, message: string): void {
  this["message"] = message;
  this["code"] = "E_OLD";
}
OldError.prototype = Object.create(Error.prototype, { name: { value: "OldError" } });

/** By name. */
export const makers: Record<string, () => unknown> = {
  error: () => new Error("it failed"),
  eval_error: () => new EvalError("it failed"),
  range_error: () => new RangeError("it failed"),
  reference_error: () => new ReferenceError("it failed"),
  syntax_error: () => new SyntaxError("it failed"),
  type_error: () => new TypeError("it failed"),
  uri_error: () => new URIError("it failed"),
  code: () => withProperties(new Error("it failed"), { code: "E_FAILED", errno: -2 }),
  cause: () => new Error("it failed", { cause: new TypeError("why", { cause: "the root" }) }),
  coded_cause: () => new Error("it failed", { cause: withProperties(new RangeError("why"), { code: "E_WHY" }) }),
  cycle: cyclic,
  aggregate: () => new AggregateError([new TypeError("one"), new RangeError("two"), 3], "it failed"),
  dom: () => new DOMException("it failed", "DataError"),
  class_and_code: () => withProperties(new TypeError("it failed", { cause: { id: 7 } }), { code: "E_TYPE" }),
  custom: () => new Failure("it failed"),
  registered: () => new RegisteredFailure("it failed"),
  brandless: () => new (OldError as unknown as new (message: string) => Error)("it failed"),
  named: () => withProperties(new Error("it failed"), { name: "QuotaError" }),
  nested: () => withProperties(new Error("it failed"), { details: tree() }),
  frozen: () => Object.freeze(new TypeError("it failed")),
  getter: throwingGetter,
  undefined: () => undefined,
  null: () => null,
  string: () => "only text",
  number: () => -0,
  object: () => ({ status: 404, body: tree() }),
  large: () => new Uint8Array(64 * 2 ** 20).fill(7),
  function: () => () => 1,
  nested_symbol: () => ({ deep: [Symbol("s")] }),
};
