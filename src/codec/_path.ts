/**
 * Where in a value something stands, as a path for error messages such as `arguments[0].items[3]`. It is put together
 * only when an error needs it.
 *
 * @module
 */

import { JSON } from "../captured.ts";
import { join, map, slice } from "../lists.ts";

/**
 * A step from a container to a value in it: an index, a key, ready-made text, or the key and the
 * index of an entry of a Map.
 */
export type Step = number | string | { readonly text: string } | { readonly key: unknown; readonly index: number };

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** Longer paths lose their middle. */
const SHOWN = 40;

/** Text of one step, as in `[0]`, `.user` or `["my key"]`. */
export function stepText(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "object") return "text" in step ? step.text : mapStepText(step.key, step.index);
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** The path of a value: `arguments[0].user.callback`. */
export function pathText(root: string, steps: readonly Step[]): string {
  if (steps.length <= SHOWN) return root + join(map(steps, stepText), "");
  const head = join(map(slice(steps, 0, SHOWN / 2), stepText), "");
  const tail = join(map(slice(steps, -SHOWN / 2), stepText), "");
  return `${root}${head}...${tail}`;
}

/** The step to a value of a Map, as in `.get("key")`. */
function mapStepText(key: unknown, index: number): string {
  const simple = typeof key === "string" || typeof key === "number" || typeof key === "boolean";
  return simple ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`;
}
