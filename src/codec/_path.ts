/** A step from a container to a value in it: an index, a key, or ready-made text in a box. */
export type Step = number | string | { readonly text: string };

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
/** Longer paths lose their middle. */
const SHOWN = 40;

/** Text of one step, as in `[0]`, `.user` or `["my key"]`. */
export function stepText(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "object") return step.text;
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

/** The path of a value: `arguments[0].user.callback`. */
export function pathText(root: string, steps: readonly Step[]): string {
  if (steps.length <= SHOWN) return root + steps.map(stepText).join("");
  const head = steps.slice(0, SHOWN / 2).map(stepText).join("");
  const tail = steps.slice(-SHOWN / 2).map(stepText).join("");
  return `${root}${head}...${tail}`;
}

/** The step to a value of a Map. */
export function mapStep(key: unknown, index: number): Step {
  const simple = typeof key === "string" || typeof key === "number" || typeof key === "boolean";
  return { text: simple ? `.get(${JSON.stringify(key)})` : `.values()[${index}]` };
}
