/** What the workers of the SQLite example do: each keeps one connection for as long as it lives. */
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { workerState } from "../../mod.ts";

/** The name of the environment variable that names the database file; workers have the program's environment. */
export const FILE = "MULTICORE_EXAMPLE_DATABASE";

/** What each worker keeps. */
interface Connection {
  readonly database: DatabaseSync;
  readonly byId: ReturnType<DatabaseSync["prepare"]>;
}

/** How often this worker has connected. */
let connections = 0;

/** Connects; the pool calls it once in each worker. */
export function setup(): Connection {
  connections++;
  const database = new DatabaseSync(process.env[FILE]!);
  return { database, byId: database.prepare("select name from users where id = ?") };
}

/** Disconnects; the pool calls it in each worker when it closes. */
export function teardown({ database }: Connection): void {
  database.close();
}

/** One query. */
export function nameOf(id: number): string {
  return (workerState<Connection>().byId.get(id) as { name: string }).name;
}

/** How often this worker has connected. */
export function countConnections(): number {
  return connections;
}
