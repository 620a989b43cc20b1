/** All cases, in the groups of the table. */
import type { Case } from "../case.ts";
import { binary } from "./binary.ts";
import { errors } from "./errors.ts";
import { moving } from "./moving.ts";
import { objects } from "./objects.ts";
import { plain } from "./plain.ts";
import { refusals } from "./refused.ts";

/** By the heading of the group. */
export const groups: Record<string, Case[]> = {
  "Plain values": plain,
  "Objects": objects,
  "Bytes": binary,
  "Shared, moved, called": moving,
  "Errors": errors,
  "What cannot cross": refusals,
};

export const cases: Case[] = Object.values(groups).flat();
