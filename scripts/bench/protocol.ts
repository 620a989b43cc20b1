/** What the bench and its child processes say to each other. */
import type { Unit } from "./work.ts";

/** What the parent asks for. */
export interface Request {
  /** The adapter. */
  library: string;
  work: string;
  workers: number;
  quick: boolean;
  spawned: number;
}

/** What the child answers, a line each. */
export type Answer =
  | { kind: "figure"; name: string; unit: Unit; value: number }
  | { kind: "fails"; reason: string }
  | { kind: "done" };

/** What marks an answer among other output. */
export const MARK = "@bench ";
