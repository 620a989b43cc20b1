/**
 * 10,000 queries over the pool, on one connection a worker. Needs `node:sqlite`: Node 24, Deno or Bun.
 *
 * Run it with `deno run -A scripts/examples/sqlite.ts`, or `node` or `bun`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { createPool } from "../../mod.ts";
import { countConnections, FILE, nameOf, setup, teardown } from "./sqlite_tasks.ts";

const QUERIES = 10_000;
const USERS = 1000;

const directory = mkdtempSync(join(tmpdir(), "multicore-sqlite-"));
const file = process.env[FILE] = join(directory, "users.db");

/** Makes the database that is asked. */
function createDatabase(): void {
  const database = new DatabaseSync(file);
  database.exec("pragma journal_mode = wal; create table users (id integer primary key, name text); begin");
  const insert = database.prepare("insert into users values (?, ?)");
  for (let id = 0; id < USERS; id++) insert.run(id, `user ${id}`);
  database.exec("commit");
  database.close();
}

/** Leaves the write-ahead log, which SQLite refuses while any other connection is open. */
function assertUnused(): void {
  const database = new DatabaseSync(file);
  try {
    database.exec("pragma journal_mode = delete");
  } finally {
    database.close();
  }
}

try {
  createDatabase();
  const pool = createPool({ modules: [new URL("./sqlite_tasks.ts", import.meta.url)], setup, teardown });
  const task = pool.task<string>();
  for (let i = 0; i < QUERIES; i++) task.run(nameOf, i % USERS);
  const names = await task.get();
  const wrong = names.filter((name, i) => name !== `user ${i % USERS}`);
  if (names.length !== QUERIES || wrong.length > 0) {
    throw new Error(`${wrong.length} of ${names.length} names are wrong`);
  }
  const connections = await pool.broadcast(countConnections);

  let isLocked = false;
  try {
    assertUnused();
  } catch {
    isLocked = true;
  }
  await pool.close();
  assertUnused();
  console.log(`${QUERIES} queries, connections by worker: ${connections.join(" ")}`);
  console.log(`database in use before the pool is closed: ${isLocked}, afterwards: false`);
} finally {
  rmSync(directory, { recursive: true });
}
