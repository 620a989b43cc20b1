/**
 * Classes of the runtimes whose instances hold more than their properties, and which no global leads to, such as
 * `KeyObject`. The codec refuses their instances.
 *
 * @module
 */

import { Object } from "../../src/captured.ts";
import process from "./_process.ts";

type Class = { readonly prototype?: unknown } | undefined;
type Exports = Readonly<Record<string, Class>>;

/**
 * Modules, and what they export of classes whose instances hold more than their properties. Those
 * that are all data, such as `fs.Stats`, are not among them.
 */
const MODULES: readonly (readonly [string, RegExp])[] = [
  ["crypto", /^(?:KeyObject|Hash|Hmac|(?:Dec|C)ipheriv|Sign|Verify|ECDH|DiffieHellman(?:Group)?|X509Certificate)$/],
  ["net", /^(?:BlockList|SocketAddress)$/],
  ["vm", /^Script$/],
  ["util", /^MIMEType$/],
  ["string_decoder", /^StringDecoder$/],
];

/** Objects of classes that nothing exports. */
const SAMPLES: Readonly<Record<string, () => unknown>> = {
  Histogram: () => (exportsOf("perf_hooks") as { createHistogram?(): object }).createHistogram?.(),
  Timeout: () => stopped(setTimeout, clearTimeout),
  Immediate: () => stopped(setImmediate, clearImmediate),
};

/** Asked for by name, since importing them all would make each worker's start slower. */
function exportsOf(module: string): Exports {
  return (process.getBuiltinModule(module) ?? {}) as Exports;
}

function stopped<T>(start: (fn: () => void) => T, stop: (timer: T) => void): T {
  const timer = start(() => {});
  stop(timer);
  return timer;
}

/** The partner of `BrandChecks.isPlatformClass`. */
export function isPlatformClass(prototype: object, name: string): boolean {
  if (Object.hasOwn(SAMPLES, name)) {
    const sample = SAMPLES[name]!();
    return typeof sample === "object" && sample !== null && Object.prototype.isPrototypeOf.call(prototype, sample);
  }
  const { Bun, Deno } = globalThis as unknown as { Bun?: Exports; Deno?: Exports };
  const space = Bun ?? Deno;
  const module = MODULES.find(([, names]) => names.test(name))?.[0];
  const found = module !== undefined
    ? exportsOf(module)[name]
    : space !== undefined && Object.hasOwn(space, name)
    ? space[name]
    : undefined;
  return typeof found === "function" && (found as Class)!.prototype === prototype;
}
