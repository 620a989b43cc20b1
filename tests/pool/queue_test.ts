import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TaskQueue } from "../../src/pool/state/task_queue.ts";
import { PoolTask } from "../../src/pool/state/task.ts";

/** A task, as far as a queue looks at it. */
function record(priority: number, key: number): PoolTask {
  const completion = { fulfilled: () => {}, rejected: () => {} };
  return new PoolTask({} as PoolTask["fn"], completion, key, { priority });
}

/** How often a queue compares the priority of one more task with those it keeps apart. */
function looksAtPush(queue: TaskQueue): number {
  let looks = 0;
  const priority = { valueOf: () => (looks++, -1000) };
  const task = record(priority as unknown as number, -1);
  queue.push(task);
  const first = looks;
  queue.withdraw(task);
  return first;
}

describe("TaskQueue", () => {
  it("gives higher priorities first, equal ones in order, those put back before their equals", () => {
    const queue = new TaskQueue();
    const priorities = [0, 5, -1, 5, 10, 0, 0.5, -Infinity, Infinity];
    for (const [key, priority] of priorities.entries()) queue.push(record(priority, key));
    queue.unshift(record(5, 9));
    assert.equal(queue.size, 10);
    assert.deepEqual(queue.clear().map(({ key }) => key), [8, 4, 9, 1, 3, 6, 0, 5, 2, 7]);
    assert.equal(queue.size, 0);
    assert.equal(queue.peek(), undefined);
  });

  it("forgets priorities that no task has any more", () => {
    const queue = new TaskQueue();
    const records = Array.from({ length: 1000 }, (_, i) => record((i * 7919) % 1000 - 500, i));
    for (const each of records) queue.push(each);
    assert.ok(looksAtPush(queue) > 5, "it looks for a place among 1000");
    for (const each of records.slice(0, 500)) queue.withdraw(each);
    const left = queue.clear();
    assert.deepEqual(left.map(({ has }) => has.priority), left.map(({ has }) => has.priority).sort((a, b) => b - a));
    assert.equal(left.length, 500);
    assert.equal(looksAtPush(queue), 1, "there is only priority 0");
  });

  it("withdraws only its own records", () => {
    const [queue, other] = [new TaskQueue(), new TaskQueue()];
    const [mine, others] = [record(0, 0), record(0, 1)];
    queue.push(mine);
    other.push(others);
    queue.withdraw(others);
    assert.deepEqual([queue.size, other.size, others.isQueued], [1, 1, true]);
    queue.withdraw(mine);
    queue.withdraw(mine);
    assert.deepEqual([queue.size, mine.isQueued, queue.peek()], [0, false, undefined]);
  });
});
