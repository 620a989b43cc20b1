/**
 * Checks options where they are given, before anything else happens: each error names the option, the value and what
 * is wanted. Unknown options are refused.
 *
 * @module
 */

import { apply, Array, ArrayBuffer, DataView, isInstance, JSON, Number, Object, ownValue, tagOf } from "./captured.ts";
import { join } from "./lists.ts";
import type { Adapter } from "./adapter.ts";
import { FORMATS, isFormat } from "./codec/mod.ts";
import type { CollectionOptions } from "./options.ts";
import { misuse } from "./errors.ts";
import { checkFunction } from "./functions/callable.ts";
import type { CallOptions, CloseOptions, GetOptions, PoolOptions, RetryOptions } from "./options.ts";
import {
  type Check,
  checkAll,
  complete,
  delay,
  flag,
  fn,
  INVALID,
  MS,
  number,
  rangeError,
  signal,
  text,
  typeError,
} from "./option_checks.ts";
import { hrefOf, pathHint } from "./urls.ts";

/** A function, or an array of it and its arguments. */
const fnWithArguments: Check = (value, option, adapter) => {
  if (!Array.isArray(value)) {
    if (typeof value !== "function") throw typeError(option, "a function, or an array of it and its arguments", value);
    return checkFunction(value);
  }
  fn(value[0], `${option}[0]`, adapter);
};

const WHOLE = "a positive integer";
const MIB = "a number of MiB";
/** Tried on Node 20 and 24: V8 ends the process, not the worker, where it cannot even set up its heap or its stack. */
const FATAL = "as V8 may abort the whole process with any other";

const BYTES = number(1024, "a number of bytes from 1024 to 4294967296", { max: 2 ** 32 });
const MEMORY = { initialBytes: BYTES, maxBytes: BYTES };

const POOL: { readonly [K in keyof Required<PoolOptions>]: Check } = {
  workers: number(1, `${WHOLE} up to 1024`, { max: 1024 }),
  modules: (value, option) => {
    if (!Array.isArray(value)) throw typeError(option, "an array of module URLs, such as [import.meta.url]", value);
    for (let i = 0; i < value.length; i++) {
      const url: unknown = value[i];
      if (hrefOf(url) === undefined) {
        throw typeError(
          `${option}[${i}]`,
          `an absolute URL, such as import.meta.url or new URL('./tasks.js', import.meta.url)${pathHint(url)}`,
          url,
        );
      }
    }
  },
  setup: fnWithArguments,
  teardown: fn,
  teardownTimeout: number(0, `${MS}, or Infinity`, { whole: false, infinite: true }),
  tasksPerWorker: number(1, `${WHOLE} up to 128`, { max: 128 }),
  maxQueue: number(0, "an integer from 0 on, or Infinity", { infinite: true }),
  maxTasksPerWorker: number(1, `${WHOLE} or Infinity`, { infinite: true }),
  maxWorkerBytes: number(1, `${WHOLE} of bytes or Infinity`, { infinite: true }),
  abortGrace: delay,
  memory: (value, option) => {
    if (typeof value !== "object" || value === null) throw typeError(option, "an object", value);
    checkAll(value, MEMORY, `${option}.`, undefined as never);
    const { initialBytes = 0, maxBytes = Infinity } = complete(value as NonNullable<PoolOptions["memory"]>, MEMORY);
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
        INVALID,
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
    throw rangeError(option, `a known format (${join(FORMATS, ", ")}, or one given to registerCodec())`, value);
  }
};

const FORMAT_PAIR = { args: format, result: format };

const serialization: Check = (value, option) => {
  if (typeof value === "string") return format(value, option, undefined as never);
  if (typeof value !== "object" || value === null) throw typeError(option, "a format or { args, result }", value);
  checkAll(value, FORMAT_PAIR, `${option}.`, undefined as never);
};

const RETRY: { readonly [K in keyof Required<RetryOptions>]: Check } = {
  times: number(0, "an integer from 0 on, or Infinity", { infinite: true }),
  when: (value, option) => {
    if (typeof value !== "function") throw typeError(option, "a function", value);
  },
  delay: (value, option, adapter) => {
    if (typeof value !== "function") delay(value, option, adapter);
  },
};

const retries: Check = (value, option, adapter) => {
  if (typeof value === "number") return number(0, "an integer from 0 on")(value, option, adapter);
  if (typeof value !== "object" || value === null) {
    throw typeError(option, "an integer from 0 on, or { times, when, delay }", value);
  }
  checkAll(value, RETRY, `${option}.`, adapter);
  RETRY.times((value as Partial<RetryOptions>).times, `${option}.times`, adapter);
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
  retries,
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
    const isShared = ArrayBuffer.isView(value) && !(isInstance(value, DataView)) &&
      apply(tagOf, value.buffer, []) === "[object SharedArrayBuffer]";
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

/**
 * Checks options for some calls of a batch.
 *
 * @throws {TypeError} If an option is unknown, of the wrong type, or for the whole batch only
 * @throws {RangeError} If a number is out of range
 */
export function checkBatchOptions(options: unknown, adapter: Adapter): asserts options is CallOptions {
  checkCallOptions(options, adapter);
  if (options.maxLoadAverage === undefined && options.whenBusy === undefined) return;
  throw misuse(
    new TypeError("Option 'maxLoadAverage' belongs to the whole task: give it to new Task()"),
    INVALID,
  );
}

/** What the options of a call hold, once they are checked. */
export function completeCallOptions(options: CallOptions): CallOptions {
  const all = complete(options, CALL) as { -readonly [K in keyof CallOptions]: CallOptions[K] };
  if (typeof all.serialization === "object") all.serialization = complete(all.serialization, FORMAT_PAIR);
  return all;
}

/** What the options of a pool hold, once they are checked. */
export function completePoolOptions(options: PoolOptions): PoolOptions {
  const all = complete(options, POOL) as { -readonly [K in keyof PoolOptions]: PoolOptions[K] };
  if (all.memory !== undefined) all.memory = complete(all.memory, MEMORY);
  return all;
}

/** Options of what waits. */
const GET: { readonly [K in keyof Required<GetOptions>]: Check } = {
  timeout: number(0, "a number of milliseconds from 0 on", { whole: false, infinite: true }),
};

const CLOSE: { readonly [K in keyof Required<CloseOptions>]: Check } = {
  ...GET,
  queued: (value, option) => {
    if (value !== "finish" && value !== "drop") throw typeError(option, `"finish" or "drop"`, value);
  },
};

/** What no timer can hold is no limit. */
function limitOf(ms: number): number {
  return ms > 2 ** 31 - 1 ? Infinity : ms;
}

/**
 * Checks the options of `get` or `getSync`.
 *
 * @returns the milliseconds of `timeout`, `Infinity` for what no timer can hold
 * @throws {TypeError} If an option is unknown or of the wrong type
 * @throws {RangeError} If `timeout` is negative or NaN
 */
export function checkGetOptions(options: unknown): number {
  checkAll(options, GET, "", undefined as never);
  return limitOf(ownValue(options as GetOptions, "timeout") ?? Infinity);
}

/**
 * Checks the options of `close` or `shutdown`.
 *
 * @returns the same with the defaults, the timeout `Infinity` for what no timer can hold
 * @throws {TypeError} If an option is unknown or of the wrong type
 * @throws {RangeError} If `timeout` is negative or NaN
 */
export function checkCloseOptions(options: unknown): Required<CloseOptions> {
  checkAll(options, CLOSE, "", undefined as never);
  const given = options as CloseOptions;
  return { timeout: limitOf(ownValue(given, "timeout") ?? Infinity), queued: ownValue(given, "queued") ?? "finish" };
}
