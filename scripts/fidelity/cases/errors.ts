/** Errors: as values, and thrown. */
import { call, type Case, comparison, echo, settled, thrown } from "../case.ts";
import { makers } from "../makers.ts";
import { textOf } from "../protocol.ts";

const BUILT_IN = ["error", "eval_error", "range_error", "reference_error", "syntax_error", "type_error", "uri_error"];

/** An error of a class that nobody told of: the nearest built-in class, with the name. */
function nearest(): Error {
  return Object.assign(new RangeError("it failed"), { name: "Failure" });
}

/** What an error that never called `Error` becomes: one of the nearest built-in class, with name and properties. */
function branded(): Error {
  return Object.assign(new Error("it failed"), { name: "OldError", code: "E_OLD" });
}

const asValues: Case[] = [
  echo("error value: the seven built-in classes", () => BUILT_IN.map((name) => makers[name]!())),
  echo("error value: `cause`, two deep", () => makers["cause"]!()),
  echo("error value: `code` and other properties", () => makers["code"]!(), { beyond: true }),
  echo("error value: AggregateError", () => makers["aggregate"]!(), { beyond: true }),
  echo("error value: DOMException", () => makers["dom"]!()),
  echo("error value: `name` set by hand", () => makers["named"]!(), { beyond: true }),
  echo("error value: `Object.create(Error.prototype)`, name kept", () => makers["brandless"]!(), {
    beyond: true,
    becomes: branded,
  }),
  echo("error value: causes in a cycle", () => makers["cycle"]!()),
  echo("error value: inside a Map, twice", () => {
    const error = new TypeError("one");
    return new Map<unknown, unknown>([["a", error], ["b", [error]]]);
  }),
];

export const errors: Case[] = [
  ...asValues,
  {
    title: "thrown: the seven built-in classes",
    async run(pool) {
      for (const name of BUILT_IN) {
        const finding = await thrown("", name).run(pool);
        if (finding.verdict !== "kept") return finding;
      }
      return { verdict: "kept" };
    },
  },
  {
    title: "thrown: the stack names the function that failed",
    async run(pool) {
      const outcome = await settled(() => call(pool, "fail", "error"));
      const stack = "error" in outcome ? (Object(outcome.error) as { stack?: unknown }).stack : undefined;
      if (typeof stack !== "string") return { verdict: "lost", note: "no stack" };
      return /\bfail\b(?! \(native)/.test(stack) ? { verdict: "kept" } : { verdict: "changed", note: "another stack" };
    },
  },
  {
    title: "rejected later, by an async function",
    async run(pool) {
      const outcome = await settled(() => call(pool, "failLater", "type_error"));
      if (!("error" in outcome)) return { verdict: "lost", note: "the call succeeded" };
      return comparison(makers["type_error"]!(), outcome.error);
    },
  },
  thrown("thrown: `cause`, two deep", "cause"),
  thrown("thrown: causes in a cycle", "cycle"),
  thrown("thrown: DOMException", "dom"),
  thrown("thrown: frozen error", "frozen"),
  {
    title: "thrown: error with a getter that throws",
    async run(pool) {
      const outcome = await settled(() => call(pool, "fail", "getter"));
      if (!("error" in outcome)) return { verdict: "lost", note: "the call succeeded" };
      const { error } = outcome;
      if (!(error instanceof Error) || error.message !== "it failed") {
        return { verdict: "lost", note: `another error: ${textOf(error)}` };
      }
      // Whatever became of the property: the error is there.
      return error instanceof TypeError ? { verdict: "kept" } : { verdict: "changed", note: "another class" };
    },
  },
  thrown("thrown: `code` and other properties", "code", { beyond: true }),
  thrown("thrown: class, `code` and `cause` together", "class_and_code", { beyond: true }),
  thrown("thrown: `code` of the cause", "coded_cause", { beyond: true }),
  thrown("thrown: AggregateError with its `errors`", "aggregate", { beyond: true }),
  thrown("thrown: properties that hold Map, Set, Date", "nested", { beyond: true }),
  thrown("thrown: `name` set by hand", "named", { beyond: true }),
  thrown("thrown: class of the program; nearest built-in one, name kept", "custom", { beyond: true, becomes: nearest }),
  thrown("thrown: `Object.create(Error.prototype)`, name kept", "brandless", { beyond: true, becomes: branded }),
  thrown("thrown: class that the library was told of", "registered", { beyond: true }),
  thrown("thrown: a string", "string"),
  thrown("thrown: `-0`", "number"),
  thrown("thrown: `undefined`", "undefined"),
  thrown("thrown: `null`", "null"),
  thrown("thrown: a plain object", "object"),
];
