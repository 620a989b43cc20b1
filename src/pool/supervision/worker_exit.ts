/**
 * What becomes of a dead worker's tasks, and what is said about its death.
 *
 * @module
 */

import type { Codec } from "../../codec/types.ts";
import { MulticoreError, WorkerExitError } from "../../errors.ts";
import * as at from "../../transport/layout.ts";
import type { PoolCore } from "../state/pool_state.ts";
import type { Member } from "../state/pool_worker.ts";
import type { TaskRecord } from "../state/task.ts";
import type { Scheduler } from "../scheduling/scheduler.ts";

/** How long a new thread may take until it runs its entry, in ms. */
const ENTRY_MS = 15_000;

/** Gives up all that a worker still runs, and what only it could have run; tells how many it was running. */
export function failRunning(member: Member, core: PoolCore, scheduler: Scheduler): number {
  let lost = 0;
  for (const slot of member.occupied()) {
    const record = member.taskOf(slot)!;
    if (record.isBound && scheduler.revoke(record)) member.pinned.push(record);
  }
  for (const record of member.pinned.clear()) core.settle(record, false, exitError(member, record));
  for (const slot of member.occupied()) {
    const record = member.taskOf(slot)!;
    if (!scheduler.abandon(record)) continue;
    lost++;
    const { doom, retriesLeft } = record.has;
    if (doom !== null) {
      core.settle(record, false, doom.reason);
    } else if (retriesLeft > 0) {
      record.extras.retriesLeft--;
      record.restore();
      core.queue.unshift(record);
    } else {
      core.settle(record, false, exitError(member, record));
    }
  }
  return lost;
}

/** Settles what a worker still holds whose thread is gone: nothing more will come from it. */
export function failRest(member: Member, core: PoolCore): void {
  for (const slot of member.occupied()) {
    const record = member.forfeit(slot)!;
    const { doom } = record.has;
    core.settle(record, false, doom === null ? exitError(member, record) : doom.reason);
  }
}

/** Takes over exit code and error that a worker stored as its last act. */
export function readLastWords(member: Member, codec: Codec): void {
  if (member.life > at.LIFE_READY) member.exitCode = member.words[at.EXIT_CODE];
  const length = member.words[at.LAST_WORDS_LENGTH]!;
  if (length <= 0 || length > at.LAST_WORDS_BYTES) return;
  const bytes = member.bytes.slice(at.LAST_WORDS * 4, at.LAST_WORDS * 4 + length);
  try {
    member.cause = { error: codec.decode(bytes, "auto", []) };
  } catch (error) {
    member.cause = { error };
  }
}

/** Whether a thread does not begin to run its entry, for a blocked caller, whom no event tells why. */
export function isOverdue(member: Member): boolean {
  if (member.isFinished || performance.now() - member.since < ENTRY_MS) return false;
  member.cause ??= {
    error: new MulticoreError(
      `Worker ${member.id} has not begun to run its entry after ${ENTRY_MS} ms; a call that does not block tells why`,
    ),
  };
  return true;
}

/** What a task gets whose worker died. */
function exitError(member: Member, record: TaskRecord): WorkerExitError {
  const { exitCode, cause } = member;
  const code = exitCode === undefined ? "" : ` with code ${exitCode}`;
  const why = cause === undefined ? "" : `: ${String(cause.error)}`;
  return new WorkerExitError(
    `Worker ${member.id} exited${code} ${record.isBound ? "before" : "while"} it ran '${record.fn.name}'${why}`,
    {
      exitCode,
      functionName: record.fn.name,
      workerId: member.id,
      ...(cause === undefined ? {} : { cause: cause.error }),
    },
  );
}

/** Why a worker did not come up, or died with nothing to do. */
export function startError(member: Member, wasReady: boolean): unknown {
  if (!wasReady && member.cause !== undefined) return member.cause.error;
  const when = wasReady ? "while it ran no task" : "while it started";
  return new WorkerExitError(`Worker ${member.id} exited ${when}, with code ${member.exitCode ?? "unknown"}`, {
    exitCode: member.exitCode,
    functionName: "",
    workerId: member.id,
    ...(member.cause === undefined ? {} : { cause: member.cause.error }),
  });
}
