/** The worker of the pool by hand. */
import * as tasks from "../tasks.ts";
import { listen } from "./threads.ts";

/** A call. */
export interface Call {
  id: number;
  name: string;
  argument: unknown;
}

/** Its outcome. */
export interface Reply {
  id: number;
  value: unknown;
  failed: boolean;
}

const functions = tasks as unknown as Record<string, (argument: unknown) => unknown>;

const post = await listen((data) => {
  const { id, name, argument } = data as Call;
  try {
    post({ id, value: functions[name]!(argument), failed: false });
  } catch (error) {
    post({ id, value: error, failed: true });
  }
});
