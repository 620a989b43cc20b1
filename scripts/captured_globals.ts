/**
 * What `src` has to take from `src/captured.ts` and `src/lists.ts`, as a program may replace globals and methods once it
 * has imported the library: no task may hang, and no value change, by that.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./process.ts";
import { shippedFiles } from "./sources.ts";

/** Globals that are used as values: those of the language, and functions that the runtimes share. */
const GLOBALS = new Set([
  ...Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]\w+$/.test(name)),
  ...["atob", "btoa", "clearInterval", "clearTimeout", "fetch", "isFinite", "isNaN", "parseFloat", "parseInt"],
  ...["performance", "queueMicrotask", "setImmediate", "setInterval", "setTimeout", "structuredClone"],
]);

/** Methods of arrays, functions and promises; `indexOf`, `includes` and `slice` are left out, as strings have them too. */
const METHODS = [
  ...["every", "filter", "find", "findIndex", "flatMap", "forEach", "join", "map", "pop", "push", "reduce", "shift"],
  ...["some", "sort", "splice", "unshift", "apply", "bind", "call", "catch", "finally", "then"],
];

/** What any file may use, with the reason. */
const HARMLESS: readonly (readonly [use: RegExp, reason: string])[] = [
  [/^new \w*Error$/, "a replaced class gives another error where there is one anyway"],
];

/** What a file may use, with the reason. */
const ALLOWED: readonly (readonly [file: RegExp, use: RegExp, reason: string])[] = [
  [
    /^src\/(?:collections\/|api\/\w*collection|functions\/(?:chunk|item_loop|line_reader|loop_calls|sorting|streaming))/,
    /^/,
    "collections and streams are not protected, as docs/functions_and_scope.md says",
  ],
  [
    /^src\/local\/lo(?:cal_executor|op_host)/,
    /^/,
    "calls inside a worker, and their collections, are not protected either",
  ],
  [/^src\/admission/, /!functions\.every\($/, "narrows a type, for a collection"],
  [
    /^src\/(?:api|errors|local|codec\/registry)/,
    /^Symbol$/,
    "evaluated with the module: names of members and registries",
  ],
  [
    /^src\/codec\/_(?:brands|views|error_classes|decode_rich)/,
    /(?:\]|TYPES|errors\)|^)\.(?:map|flatMap)\($/,
    "evaluated with the module",
  ],
  [/^src\/codec\/registry/, /^new WeakSet$/, "handed to the other copy of the library, and has one method in use"],
  [/^src\/codec\/superjson/, /^/, "superjson itself looks all of it up: the format is not protected"],
  [
    /^src\/codec\/proxy/,
    /\.(?:then|finally|catch|call)\($/,
    "comlink itself looks all of it up: callbacks are not protected",
  ],
  [/^src\/codec\/_brands/, /Intl$/, "only of what cannot cross, for the message"],
  [
    /^src\/executor\/stack_frames/,
    /\.(?:filter|flatMap|join|some)\($/,
    "made once, or caught: the frames of an error are a help",
  ],
  [/^src\/api\/runner/, /^new Proxy$/, "made by `module()`, before any task"],
  [/^src\/(?:api\/runner|validate)/, /^new URL$/, "in the text of a message"],
  [
    /^src\/pool\//,
    /(?:queue|pinned|worker|fifo|task\))\.(?:push|shift|unshift)\($/,
    "methods of the library's own classes",
  ],
];

const comments = /\/\*[^]*?\*\/|(?<![:"'`\w])\/\/.*$/gm;
const strings = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
const methods = new RegExp(`[\\w$#.!?\\]]*\\)?\\??\\.(?:${METHODS.join("|")})\\(`, "g");

/** The uses of globals and methods in a source that come from neither of the two files, as they stand there. */
export function uncaptured(source: string): string[] {
  const code = source.replace(comments, "").replace(strings, '""');
  const imports = code.match(/^\s*import \{[^}]*\} from ""/gm)?.join() ?? "";
  const imported = new Set(imports.match(/\w+(?=,| \})/g));
  const found: string[] = [];
  for (const [, before, name, after] of code.matchAll(/(new |instanceof |(?<![\w.$#]))\b(\w+)(\??\.|\()?/g)) {
    if (!GLOBALS.has(name!) || imported.has(name!)) continue;
    if (before !== "" || after !== undefined) found.push(`${before}${name}`);
  }
  // What is spread is no receiver.
  return [...found, ...(code.replaceAll("...", " ").match(methods) ?? [])];
}

/** The uses in `src` that are not allowed. */
export function uncapturedInSrc(): string[] {
  return shippedFiles().filter((file) => /^src\/(?!(?:captured|lists)\.ts$)/.test(file)).flatMap((file) =>
    uncaptured(readFileSync(join(root, file), "utf8"))
      .filter((use) => !HARMLESS.some(([allowed]) => allowed.test(use)))
      .filter((use) => !ALLOWED.some(([files, allowed]) => files.test(file) && allowed.test(use)))
      .map((use) => `${file} uses '${use}', which src/captured.ts or src/lists.ts has to give`)
  );
}
