/** Notes which Int32Arrays are made; imported before the modules under test, as they take the class when they are imported. */

const original = globalThis.Int32Array;
let made: Int32Array[] | undefined;

globalThis.Int32Array = new Proxy(original, {
  construct(target, args): object {
    const array = Reflect.construct(target, args) as Int32Array;
    made?.push(array);
    return array;
  },
});

/** The arrays that `act` makes. */
export function arraysMadeBy(act: () => void): Int32Array[] {
  made = [];
  try {
    act();
    return made;
  } finally {
    made = undefined;
  }
}
