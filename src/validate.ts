/**
 * Checks options where they are given, before anything else happens: each error names the option, the value and what
 * is wanted. Unknown options are refused.
 *
 * @module
 */

import { Array, JSON, Number, Object, toObject } from "./captured.ts";
import type { Adapter } from "./adapter.ts";
import { describe } from "./codec/describe.ts";
import { FORMATS, isFormat } from "./codec/mod.ts";
import type { CollectionOptions } from "./options.ts";
import { misuse } from "./errors.ts";
import { checkFunction } from "./functions/callable.ts";
import type { CallOptions, PoolOptions } from "./options.ts";
import { hrefOf, pathHint } from "./urls.ts";

type Check = (value: unknown, option: string, adapter: Adapter) => void;

const CODE = "INVALID_OPTION";

function typeError(option: string, wanted: string, value: unknown): TypeError {
  return misuse(new TypeError(`Option '${option}' must be ${wanted}: received ${describe(value)}`), CODE);
}

function rangeError(option: string, wanted: string, value: unknown): RangeError {
  return misuse(new RangeError(`Option '${option}' must be ${wanted}: received ${describe(value)}`), CODE);
}

/** A number from `min` on; whole and finite unless said otherwise. */
function number(min: number, wanted: string, { whole = true, infinite = false, max = Infinity } = {}): Check {
  return (value, option) => {
    if (typeof value !== "number") throw typeError(option, wanted, value);
    const ok = value >= min && value <= max && (infinite || value !== Infinity) &&
      (!whole || value === Infinity || Number.isInteger(value));
    if (!ok) throw rangeError(option, wanted, value);
  };
}

const text: Check = (value, option) => {
  if (typeof value !== "string") throw typeError(option, "a string", value);
};

const fn: Check = (value, option) => {
  if (typeof value !== "function") throw typeError(option, "a function", value);
  checkFunction(value);
};

const signal: Check = (value, option) => {
  const { aborted, addEventListener } = toObject(value) as Partial<AbortSignal>; // that of another realm is one as well
  if (typeof aborted !== "boolean" || typeof addEventListener !== "function") {
    throw typeError(option, "an AbortSignal", value);
  }
};

const WHOLE = "a positive integer";
const MIB = "a number of MiB";
/** Tried on Node 20 and 24: V8 ends the process, not the worker, where it cannot even set up its heap or its stack. */
const FATAL = "as V8 may abort the whole process with any other";
const MS = "a number of milliseconds from 0 to 2147483647";

const POOL: { readonly [K in keyof Required<PoolOptions>]: Check } = {
  workers: number(1, `${WHOLE} up to 1024`, { max: 1024 }),
  modules: (value, option) => {
    if (!Array.isArray(value)) throw typeError(option, "an array of module URLs, such as [import.meta.url]", value);
    for (const [i, url] of value.entries()) {
      if (hrefOf(url) === undefined) {
        throw typeError(
          `${option}[${i}]`,
          `an absolute URL, such as import.meta.url or new URL('./tasks.js', import.meta.url)${pathHint(url)}`,
          url,
        );
      }
    }
  },
  setup: fn,
  teardown: fn,
  teardownTimeout: number(0, `${MS}, or Infinity`, { whole: false, infinite: true }),
  tasksPerWorker: number(1, `${WHOLE} up to 128`, { max: 128 }),
  maxQueue: number(0, "an integer from 0 on, or Infinity", { infinite: true }),
  maxTasksPerWorker: number(1, `${WHOLE} or Infinity`, { infinite: true }),
  maxWorkerBytes: number(1, `${WHOLE} of bytes or Infinity`, { infinite: true }),
  abortGrace: number(0, MS, { whole: false, max: 2 ** 31 - 1 }),
  memory: (value, option) => {
    if (typeof value !== "object" || value === null) throw typeError(option, "an object", value);
    const bytes = number(1024, "a number of bytes from 1024 to 4294967296", { max: 2 ** 32 });
    checkAll(value, { initialBytes: bytes, maxBytes: bytes }, `${option}.`, undefined as never);
    const { initialBytes = 0, maxBytes = Infinity } = value as { initialBytes?: number; maxBytes?: number };
    if (initialBytes > maxBytes) {
      throw rangeError(`${option}.initialBytes`, `at most '${option}.maxBytes', ${maxBytes}`, initialBytes);
    }
  },
  worker: (value, option) => {
    if (hrefOf(value) === undefined) throw typeError(option, `an absolute URL${pathHint(value)}`, value);
  },
  resourceLimits: (value, option, adapter) => {
    if (typeof value !== "object" || value === null) throw typeError(option, "an object", value);
    if (!adapter.supports.resourceLimits) {
      throw misuse(
        new TypeError(
          `Option '${option}' is not supported by ${adapter.name} ${adapter.version}: received ${
            JSON.stringify(value)
          }`,
        ),
        CODE,
      );
    }
    checkAll(
      value,
      {
        maxOldGenerationSizeMb: number(4, `${MIB} from 4 on, ${FATAL}`, { whole: false }),
        maxYoungGenerationSizeMb: number(Number.MIN_VALUE, `${MIB} above 0`, { whole: false }),
        codeRangeSizeMb: number(1, `${MIB} from 1 to 2048, ${FATAL}`, { whole: false, max: 2048 }),
        stackSizeMb: number(0.5, `${MIB} from 0.5 to 1024, ${FATAL}`, { whole: false, max: 1024 }),
      },
      `${option}.`,
      adapter,
    );
  },
  env: (value, option) => {
    if (typeof value !== "object" || value === null) throw typeError(option, "an object of strings", value);
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== "string" && item !== undefined) throw typeError(`${option}.${key}`, "a string", item);
    }
  },
  name: text,
  signal,
};

const format: Check = (value, option) => {
  if (typeof value !== "string") throw typeError(option, "the name of a format", value);
  if (!isFormat(value)) {
    throw rangeError(option, `a known format (${FORMATS.join(", ")}, or one given to registerCodec())`, value);
  }
};

const serialization: Check = (value, option) => {
  if (typeof value === "string") return format(value, option, undefined as never);
  if (typeof value !== "object" || value === null) throw typeError(option, "a format or { args, result }", value);
  checkAll(value, { args: format, result: format }, `${option}.`, undefined as never);
};

const CALL: { readonly [K in keyof Required<CallOptions>]: Check } = {
  signal,
  timeout: number(0, `${MS}, or Infinity`, { whole: false, infinite: true }),
  priority: number(-Infinity, "a finite number", { whole: false }),
  serialization,
  maxLoadAverage: number(0, "a number from 0 on", { whole: false, infinite: true }),
  whenBusy: (value, option) => {
    if (value !== "inline" && value !== "wait" && value !== "throw") {
      throw typeError(option, `"inline", "wait" or "throw"`, value);
    }
  },
  retries: number(0, "an integer from 0 on", {}),
};

const flag: Check = (value, option) => {
  if (typeof value !== "boolean") throw typeError(option, "true or false", value);
};

const COLLECTION: { readonly [K in keyof Required<CollectionOptions>]: Check } = {
  ...CALL,
  ordered: flag,
  concurrency: number(1, WHOLE, {}),
  chunk: number(1, WHOLE, {}),
  buffer: number(1, WHOLE, {}),
  errors: (value, option) => {
    if (value !== "throw" && value !== "settle") throw typeError(option, `"throw" or "settle"`, value);
  },
  progress: (value, option) => {
    if (typeof value !== "boolean" && typeof value !== "function") {
      throw typeError(option, "true, false or a function", value);
    }
  },
  into: (value, option) => {
    const isShared = ArrayBuffer.isView(value) && !(value instanceof DataView) &&
      Object.prototype.toString.call(value.buffer) === "[object SharedArrayBuffer]";
    if (!isShared) throw typeError(option, "a sharedArray, since the workers write to it", value);
  },
};

/**
 * Checks the options of a collection's call.
 *
 * @throws {TypeError} If an option is unknown or of the wrong type
 * @throws {RangeError} If a number is out of range
 */
export function checkCollectionOptions(options: unknown, adapter: Adapter): asserts options is CollectionOptions {
  checkAll(options, COLLECTION, "", adapter);
}

/**
 * Checks a pool's options.
 *
 * @throws {TypeError} If an option is unknown, of the wrong type, or not supported by this runtime
 * @throws {RangeError} If a number is out of range
 */
export function checkPoolOptions(options: unknown, adapter: Adapter): asserts options is PoolOptions {
  checkAll(options, POOL, "", adapter);
}

/**
 * Checks a call's options.
 *
 * @throws {TypeError} If an option is unknown or of the wrong type
 * @throws {RangeError} If a number is out of range
 */
export function checkCallOptions(options: unknown, adapter: Adapter): asserts options is CallOptions {
  checkAll(options, CALL, "", adapter);
}

function checkAll(options: unknown, checks: Readonly<Record<string, Check>>, prefix: string, adapter: Adapter): void {
  if (typeof options !== "object" || options === null) {
    throw misuse(new TypeError(`Options must be an object: received ${describe(options)}`), CODE);
  }
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) {
      throw misuse(
        new TypeError(
          `Unknown option '${prefix}${key}': received ${describe(value)}; known are ${Object.keys(checks).join(", ")}`,
        ),
        "UNKNOWN_OPTION",
      );
    }
    if (value !== undefined) check(value, `${prefix}${key}`, adapter);
  }
}

/** Options of what waits. */
const WAIT: Readonly<Record<string, Check>> = {
  timeout: number(0, "a number of milliseconds from 0 on", { whole: false, infinite: true }),
};

/**
 * Checks the options of `get`, `getSync`, `close` or `shutdown`.
 *
 * @returns the milliseconds of `timeout`, `Infinity` for what no timer can hold
 * @throws {TypeError} If an option is unknown or of the wrong type
 * @throws {RangeError} If `timeout` is negative or NaN
 */
export function checkWaitOptions(options: unknown): number {
  checkAll(options, WAIT, "", undefined as never);
  const { timeout = Infinity } = options as { timeout?: number };
  return timeout > 2 ** 31 - 1 ? Infinity : timeout;
}
