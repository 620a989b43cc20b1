import { edgesOf, filled } from "../tasks.ts";
import { expect, type Work } from "../work.ts";
import { measureSizes } from "./_arrays.ts";

export const work: Work = {
  name: "arrays_in",
  question: "How long does a call take whose argument is a Uint8Array that is copied?",
  measure: (context) =>
    measureSizes(context, {
      call(pool, bytes) {
        const array = filled(bytes);
        return {
          call: () => pool.run("edges", array),
          check: (value) => expect(value === edgesOf(bytes), String(edgesOf(bytes)), value),
        };
      },
    }),
};
