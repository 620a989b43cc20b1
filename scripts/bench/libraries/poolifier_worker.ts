/** The worker script of poolifier. */
import { load } from "../library.ts";
import * as tasks from "../tasks.ts";

type TaskFunctions = ConstructorParameters<typeof import("poolifier").ThreadWorker<unknown, unknown>>[0];

const { ThreadWorker } = await load<typeof import("poolifier")>("poolifier");

export default new ThreadWorker<unknown, unknown>({ ...tasks } as unknown as TaskFunctions);
