/** The worker script of poolifier. */
import { load, loadTasks } from "../library.ts";

type TaskFunctions = ConstructorParameters<typeof import("poolifier").ThreadWorker<unknown, unknown>>[0];

const { ThreadWorker } = await load<typeof import("poolifier")>("poolifier");

export default new ThreadWorker<unknown, unknown>(await loadTasks() as TaskFunctions);
