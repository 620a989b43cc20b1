import { edgesOf } from "../tasks.ts";
import { expect, type Work } from "../work.ts";
import { measureSizes } from "./_arrays.ts";

export const work: Work = {
  name: "arrays_shared",
  question: "How long does a call take whose argument is a `sharedArray`?",
  libraries: ["multicore"],
  measure: (context) =>
    measureSizes(context, {
      call(pool, bytes) {
        const array = pool.sharedArray!(bytes);
        array[0] = 7;
        array[bytes - 1] = 9;
        return {
          call: () => pool.run("edges", array),
          check: (value) => expect(value === edgesOf(bytes), String(edgesOf(bytes)), value),
        };
      },
    }),
};
