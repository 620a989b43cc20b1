import type { Work } from "../work.ts";
import { measureFib } from "./_fib.ts";

export const work: Work = {
  name: "fib",
  question: "How much faster than the loop in one thread is fib(27) x 32 in the pool? (Python: fib(20).)",
  measure: (context) => measureFib(context),
};
