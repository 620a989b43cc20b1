/**
 * Explains a `ReferenceError` of a function that was sent by its source: the name it misses stood in the scope that
 * its source left behind, or a tool has put that name into it.
 *
 * @module
 */

import { apply, isInstance, Object, ReferenceError } from "../captured.ts";
import { find } from "../lists.ts";
import { FunctionResolutionError } from "../errors.ts";

/** How V8 calls compiled functions in stacks; without it each frame has the whole `data:` URL of the worker. */
export const SOURCE_NAME = "multicore-function.js";

/** What is looked at of a function that was compiled from its source. */
interface Compiled {
  readonly name: string;
  /** Its source; `undefined` for a function that was found in a module. */
  readonly source: string | undefined;
}

/** The tools that put names into a function's source, and what helps. */
const TOOLS: readonly (readonly [names: RegExp, tool: string, cure: string])[] = [
  [
    /^__(?:vite_ssr|vi)_(?:import|export|dynamic|identity)/,
    "Vite or Vitest",
    "its functions use imports by such names",
  ],
  [
    /^cov_[0-9a-z]+$|^__coverage__$|^__cov_/,
    "the coverage tool (Istanbul)",
    "it can be kept out of the function by '/* istanbul ignore next */', or by leaving its file out of the coverage",
  ],
  [/^stry(?:MutAct|Cov|NS)_/, "Stryker", "its file can be left out of 'mutate'"],
  [
    /__WEBPACK_(?:IMPORTED|EXTERNAL)_MODULE_|^__webpack_/,
    "webpack or rspack",
    "the functions of a bundle use imports by such names",
  ],
  [/^__TURBOPACK__|^__turbopack_/, "Turbopack", "the functions of a bundle use imports by such names"],
  [/^__name\d*$/, "esbuild or tsx ('keepNames')", "it keeps a function's name by a helper of the module"],
  [/^import_\w+$|^__(?:toESM|toCommonJS|req\w+)\d*$/, "esbuild", "it makes CommonJS of imports by such names"],
  [
    /^__(?:async|await|spread(?:Values|Props)|objRest|public(?:Field)?|private\w+|defNormalProp|using|decorate\w+)\d*$/,
    "esbuild",
    "a newer 'target' needs no such helper",
  ],
  [
    /^__(?:awaiter|generator|assign|rest|spreadArray|values|read|extends|asyncValues|asyncGenerator|await|importDefault|importStar|decorate|classPrivateField(?:Get|Set|In)|addDisposableResource|disposeResources)$|^tslib_\d+$/,
    "TypeScript",
    "a newer 'target' in tsconfig.json needs no such helper",
  ],
  [/^\w+_\d+$/, "TypeScript or SWC", "it makes CommonJS of imports by such names"],
  [
    /^_ref\d*$|^_(?:async_?[tT]o_?[gG]enerator|interop_?[rR]equire_?\w+|regenerator(?:Runtime)?|define_?[pP]roperty|object_?[sS]pread\w*|object_?[wW]ithout\w+|to_?[cC]onsumable_?[aA]rray|sliced_?[tT]o_?[aA]rray|create_?[cC]lass|class_?[cC]all_?[cC]heck|class_?[pP]rivate\w+|type_?of|extends|wrap\w+|ts_\w+)\d*$|^regeneratorRuntime$/,
    "Babel or SWC",
    "newer 'targets' need no such helper",
  ],
  [/^_\w+$/, "Babel, SWC or another compiler, it seems", "compilers rename imports and helpers like that"],
];

/**
 * Explains an error of a compiled function.
 *
 * @returns a better error, or `undefined` if that function's source did not throw this error for a name that it lacks
 */
export function explainMissingName(fn: Compiled, error: unknown): FunctionResolutionError | undefined {
  if (fn.source === undefined || !isInstance(error, ReferenceError)) return undefined;
  const name = missingName(error);
  if (name === undefined || name in globalThis || !mentions(fn.source, name) || !isThrownHere(error)) return undefined;
  const tool = find(TOOLS, ([names]) => names.test(name));
  const fnName = fn.name || "(anonymous)";
  const options = { cause: error };
  if (tool === undefined) {
    return new FunctionResolutionError(
      `Cannot find '${name}' in function '${fnName}': it was sent to the worker by its source, without the scope it stood in; pass '${name}' as an argument, or export the function from one of 'modules'`,
      options,
    );
  }
  return new FunctionResolutionError(
    `Cannot find '${name}' in function '${fnName}': ${
      tool[1]
    } put this name into its source, which was sent to the worker without the rest of the module; export the function from one of 'modules', or call it by pool.module() (${
      tool[2]
    })`,
    options,
  );
}

/** The name in the executor's own message: V8's and JavaScriptCore's. */
function missingName(error: ReferenceError): string | undefined {
  const found = /^(\S+) is not defined$|^Can't find variable: (\S+)$/.exec(error.message);
  return found?.[1] ?? found?.[2];
}

/** Whether a name stands in a source outside of plain string literals. */
function mentions(source: string, name: string): boolean {
  const code = source.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
  for (let at = code.indexOf(name); at >= 0; at = code.indexOf(name, at + 1)) {
    if (!/[\w$]/.test(code.charAt(at - 1)) && !/[\w$]/.test(code.charAt(at + name.length))) return true;
  }
  return false;
}

/** Whether an error's first frame is in a compiled function; one without frames does not tell. */
function isThrownHere(error: ReferenceError): boolean {
  const { stack } = error as { readonly stack?: unknown };
  if (typeof stack !== "string") return true;
  const frame = /^\s*at .*$|^.*@.*$/m.exec(stack.replace(error.message, ""))?.[0];
  return frame === undefined || frame.includes(SOURCE_NAME);
}

/** What esbuild's `__name` does: gives a function the name that it had in the source. */
function keepName(target: object, value: string): object {
  return Object.defineProperty(target, "name", { value, configurable: true });
}

/**
 * A source as an expression for the compiler. An arrow function that uses `this` gets an undefined one, as it has at
 * the top of a module: evaluated bare it would get the global object. One that uses esbuild's `__name` gets that. Not
 * where `arguments` is used, which has to be missing for an arrow function.
 *
 * @returns the expression, and what to do with its value
 */
export function enclosed(source: string): { readonly text: string; readonly open: (value: unknown) => unknown } {
  if (!/\bthis\b|\b__name\b/.test(source) || /\barguments\b/.test(source)) {
    return { text: source, open: (value) => value };
  }
  return {
    text: `(function (__name) { return ${source}; })`,
    open: (value) => apply(value as (helper: typeof keepName) => unknown, undefined, [keepName]),
  };
}
