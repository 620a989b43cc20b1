/** The works in the order of the report. */
import type { Work } from "../work.ts";
import { work as arraysIn } from "./arrays_in.ts";
import { work as arraysOut } from "./arrays_out.ts";
import { work as arraysShared } from "./arrays_shared.ts";
import { work as arraysTransferred } from "./arrays_transferred.ts";
import { work as burst } from "./burst.ts";
import { work as coldStart } from "./cold_start.ts";
import { work as fib } from "./fib.ts";
import { work as fibHog } from "./fib_hog.ts";
import { work as hotLatency } from "./hot_latency.ts";
import { work as idleCpu } from "./idle_cpu.ts";
import { work as idleLatency } from "./idle_latency.ts";
import { work as json } from "./json.ts";
import { work as memory } from "./memory.ts";
import { work as runSync } from "./run_sync.ts";
import { work as strings } from "./strings.ts";
import { work as sustained } from "./sustained.ts";
import { work as taskBatch } from "./task_batch.ts";
import { work as uneven } from "./uneven.ts";

export const works: readonly Work[] = [
  coldStart,
  hotLatency,
  runSync,
  idleLatency,
  burst,
  taskBatch,
  sustained,
  strings,
  json,
  arraysIn,
  arraysOut,
  arraysTransferred,
  arraysShared,
  fib,
  uneven,
  fibHog,
  idleCpu,
  memory,
];
