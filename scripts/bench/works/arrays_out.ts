import { expect, type Work } from "../work.ts";
import { measureSizes } from "./_arrays.ts";

export const work: Work = {
  name: "arrays_out",
  question: "How long does a call take whose result is a Uint8Array that is copied?",
  measure: (context) =>
    measureSizes(context, {
      call: (pool, bytes) => ({
        call: () => pool.run("make", bytes),
        check(value) {
          expect(value instanceof Uint8Array && value.length === bytes, `a Uint8Array of ${bytes} bytes`, value);
          expect(value[0] === 7 && value[bytes - 1] === 9, "7 and 9 at its ends", [value[0], value[bytes - 1]]);
        },
      }),
    }),
};
