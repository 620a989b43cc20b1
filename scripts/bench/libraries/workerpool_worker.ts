/** The worker script of workerpool. */
import { load, loadTasks } from "../library.ts";

interface Workerpool {
  worker(methods: Record<string, unknown>): void;
}

const module = await load<Workerpool & { default?: Workerpool }>("workerpool");
(module.default ?? module).worker(await loadTasks());
