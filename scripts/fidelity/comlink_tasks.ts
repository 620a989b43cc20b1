/** The tasks for comlink, with a transfer handler for a class as its guide says. Its own handler for errors stays. */
import { load } from "../bench/library.ts";
import { RegisteredPoint } from "./classes.ts";

const { transferHandlers } = await load<typeof import("comlink")>("comlink");
transferHandlers.set("RegisteredPoint", {
  canHandle: (value): value is RegisteredPoint => value instanceof RegisteredPoint,
  serialize: (point: RegisteredPoint) => [[point.x, point.y], []],
  deserialize: ([x, y]: [number, number]) => new RegisteredPoint(x, y),
});

export * from "./tasks.ts";
