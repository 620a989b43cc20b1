/** The tasks for this library, with the classes registered as its guides say. */
import { registerClass } from "../../mod.ts";
import { RegisteredFailure, RegisteredPoint } from "./classes.ts";

registerClass(RegisteredPoint);
registerClass(RegisteredFailure);

export * from "./tasks.ts";
