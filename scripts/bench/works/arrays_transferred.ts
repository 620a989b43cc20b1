import { edgesOf, filled } from "../tasks.ts";
import { expect, type Work } from "../work.ts";
import { measureSizes } from "./_arrays.ts";

export const work: Work = {
  name: "arrays_transferred",
  question: "How long does a call take whose argument is a Uint8Array that moves? (A new one each time, made before.)",
  measure: (context) =>
    measureSizes(context, {
      call(pool, bytes) {
        let array: Uint8Array<ArrayBuffer>;
        return {
          before: () => {
            array = filled(bytes);
            return Promise.resolve();
          },
          call: () => pool.transfer("edges", array, [array.buffer]),
          check(value) {
            expect(value === edgesOf(bytes), String(edgesOf(bytes)), value);
            expect(array.byteLength === 0, "the array to be gone here", array.byteLength);
          },
        };
      },
    }),
};
