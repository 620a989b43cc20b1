import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { registerClass } from "../../src/codec/mod.ts";
import { MulticoreError, SerializationError, TaskTimeoutError } from "../../src/errors.ts";
import { codec, cross, crossThrown, refuses } from "./_support.ts";

type Bag = Error & Record<string, unknown>;

describe("auto carries errors whole", () => {
  for (const Class of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    it(`${Class.name} with class, message and stack`, () => {
      const error = new Class("what happened");
      for (const back of [cross(error), cross({ a: [error] }).a[0]!, crossThrown(error) as Error]) {
        assert(back instanceof Class);
        assert.equal(Object.getPrototypeOf(back), Class.prototype);
        assert.deepEqual([back.name, back.message, back.stack], [error.name, error.message, error.stack]);
        assert.deepEqual(Object.keys(back), []);
        assert.equal(Object.prototype.toString.call(back), "[object Error]");
      }
    });
  }

  it("own properties of any depth, and the cause chain", () => {
    const cause = new TypeError("inner", { cause: { reason: new Map([["k", 1n]]) } });
    const error = Object.assign(new Error("outer", { cause }), {
      code: "E_OUTER",
      details: { list: [1, { when: new Date(0) }], again: cause },
    });
    const back = cross(error);
    assert.deepEqual({ ...back }, { ...error });
    assert.equal(back.code, "E_OUTER");
    assert(back.cause instanceof TypeError);
    assert.equal(back.details.again, back.cause);
    assert.deepEqual(back.cause.cause, { reason: new Map([["k", 1n]]) });
    for (const key of ["message", "stack", "cause"]) {
      assert.equal(Object.getOwnPropertyDescriptor(back, key)!.enumerable, false, key);
    }
  });

  it("AggregateError with its errors", () => {
    const error = new AggregateError([new RangeError("a"), "b", new AggregateError([])], "many");
    const back = cross(error);
    assert(back instanceof AggregateError);
    assert.equal(back.message, "many");
    assert.equal(back.errors.length, 3);
    assert(back.errors[0] instanceof RangeError);
    assert.equal(back.errors[1], "b");
    assert.equal(Object.getOwnPropertyDescriptor(back, "errors")!.enumerable, false);
  });

  it("DOMException with name, code and own properties", () => {
    const error = Object.assign(new DOMException("gone", "AbortError"), { extra: [1] });
    for (const back of [cross(error), cross([error])[0]!, crossThrown(error) as typeof error]) {
      assert(back instanceof DOMException);
      assert.deepEqual([back.name, back.message, back.code, back.extra], ["AbortError", "gone", 20, [1]]);
      assert.equal(back.stack, error.stack);
    }
  });

  it("unregistered classes as the nearest built-in ancestor, with their name", () => {
    class HttpError extends RangeError {
      status = 404;
      override get name(): string {
        return "HttpError";
      }
    }
    class NotFound extends HttpError {
      override message = "not found";
    }
    const back = cross<Error>(new NotFound()) as Bag;
    assert.equal(Object.getPrototypeOf(back), RangeError.prototype);
    assert.deepEqual([back.name, back.message, back["status"]], ["HttpError", "not found", 404]);
  });

  it("the library's own classes as themselves", () => {
    const timeout = cross(new TaskTimeoutError("late", 5));
    assert(timeout instanceof TaskTimeoutError && timeout instanceof MulticoreError);
    assert.equal(timeout.message, "late");
    assert.deepEqual([timeout.name, timeout.code, timeout.timeout], [
      "TaskTimeoutError",
      "ERR_MULTICORE_TASK_TIMEOUT",
      5,
    ]);
  });

  it("registered classes as themselves", () => {
    class CodecTestError extends TypeError {
      #secret = 1;
      reason: string;
      constructor(message: string, reason: string) {
        super(message);
        this.reason = reason + this.#secret;
      }
    }
    registerClass(CodecTestError);
    const back = cross({ error: new CodecTestError("m", "r") }).error;
    assert(back instanceof CodecTestError);
    assert.deepEqual([back.message, back.reason, back.name], ["m", "r1", "TypeError"]);
    assert.equal(Object.prototype.toString.call(back), "[object Error]");
  });

  it("changed and missing parts", () => {
    const renamed = Object.assign(new Error("x"), { name: "Renamed" });
    assert.equal(cross(renamed).name, "Renamed");
    assert.deepEqual(Object.keys(cross(renamed)), ["name"]);
    const empty = new Error();
    assert.equal(Object.hasOwn(cross(empty), "message"), false);
    const noStack = new Error("x");
    Object.defineProperty(noStack, "stack", { value: [1, 2] });
    assert.equal(cross(noStack).message, "x");
    const undefinedCause = cross(new Error("x", { cause: undefined }));
    assert.equal(Object.hasOwn(undefinedCause, "cause"), true);
    const hidden = new Error("x");
    Object.defineProperty(hidden, "code", { value: "E_HIDDEN", enumerable: false });
    assert.equal((cross(hidden) as Bag)["code"], "E_HIDDEN");
    assert.deepEqual(Object.keys(cross(hidden)), []);
  });

  it("but refuses what an error holds and cannot cross", () => {
    refuses(Object.assign(new Error("x"), { retry() {} }), "result.retry", /a function: retry/);
    refuses([new Error("x", { cause: Promise.resolve() })], "result[0].cause", /Promise/);
  });
});

describe("encodeThrown() never throws", () => {
  it("and keeps what can cross of an error", () => {
    const error = Object.assign(new TypeError("bad", { cause: { socket: new WeakMap(), ok: [1] } }), {
      retry() {},
      mark: Symbol("m"),
      request: new Proxy({}, {}),
      code: "E_BAD",
    });
    const back = crossThrown(error) as Bag;
    assert(back instanceof TypeError);
    assert.deepEqual([back.message, back.stack, back["code"]], ["bad", error.stack, "E_BAD"]);
    assert.equal(back["retry"], "[a function: retry]");
    assert.equal(back["mark"], "[a symbol: Symbol(m)]");
    assert.equal(back["request"], "[a Proxy]");
    assert.deepEqual(back.cause, { socket: "[a WeakMap]", ok: [1] });
  });

  it("and keeps the identity of what is left", () => {
    const proxy = new Proxy({}, {});
    const shared = { a: 1 };
    const error = Object.assign(new Error("x"), { first: [proxy, shared], second: [shared, proxy] });
    const back = crossThrown(error) as Error & { first: unknown[]; second: unknown[] };
    assert.equal(back.first[1], back.second[0]);
    assert.equal(back.first[0], "[a Proxy]");
  });

  it("when getters of an error throw", () => {
    const error = new RangeError("x");
    Object.defineProperty(error, "code", {
      enumerable: true,
      get() {
        throw new Error("getter");
      },
    });
    const back = crossThrown(error) as Bag;
    assert(back instanceof RangeError);
    assert.match(String(back["code"]), /getter that threw an error: Error: getter/);
    for (const key of ["message", "name", "stack", "cause"]) {
      const other = new TypeError("y");
      Object.defineProperty(other, key, {
        configurable: true,
        get() {
          throw new Error("getter");
        },
      });
      assert(crossThrown(other) instanceof TypeError, key);
    }
  });

  it("when it is a Proxy of an error", () => {
    const back = crossThrown(new Proxy(Object.assign(new TypeError("inner"), { code: "E_P" }), {})) as Bag;
    assert(back instanceof Error);
    assert.deepEqual([back.name, back.message, back["code"]], ["TypeError", "inner", "E_P"]);
    const hostile = new Proxy({}, {
      get() {
        throw new Error("trap");
      },
      getPrototypeOf() {
        throw new Error("trap");
      },
      ownKeys() {
        throw new Error("trap");
      },
    });
    assert(crossThrown(hostile) instanceof SerializationError);
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
    revoke();
    assert(crossThrown(proxy) instanceof SerializationError);
  });

  it("when an error hangs on to itself or is nested deep", () => {
    const error = new Error("self") as Bag;
    error["self"] = error;
    error.cause = [error];
    const back = crossThrown(error) as Bag;
    assert.equal(back["self"], back);
    let deep = new Error("bottom");
    for (let i = 0; i < 3000; i++) deep = new Error(`${i}`, { cause: deep });
    let at = crossThrown(deep) as Error;
    for (let i = 0; i < 3000; i++) at = at.cause as Error;
    assert.equal(at.message, "bottom");
  });

  it("and gives thrown values that are no errors as thrown", () => {
    for (const value of [undefined, null, 0, -0, NaN, "text", 5n, true, { a: 1 }, [1, [2]], new Map([[1, 2]])]) {
      assert.deepEqual(crossThrown(value), value);
    }
  });

  it("and describes thrown values that cannot cross", () => {
    const cases: [unknown, RegExp, string][] = [
      [function thrower() {}, /a function: thrower/, "thrown"],
      [Symbol("s"), /a symbol: Symbol\(s\)/, "thrown"],
      [{ a: { f() {} } }, /an object: Object.*a function: f/, "thrown.a.f"],
      [Promise.resolve(), /Promise/, "thrown"],
    ];
    for (const [value, message, path] of cases) {
      const back = crossThrown(value);
      assert(back instanceof SerializationError);
      assert.match(back.message, message);
      assert.equal(back.path, path);
    }
    assert.equal(codec.encodeThrown(1).attachments, null);
  });
});
