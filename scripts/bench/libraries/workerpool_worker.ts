/** The worker script of workerpool. */
import { load } from "../library.ts";
import * as tasks from "../tasks.ts";

interface Workerpool {
  worker(methods: Record<string, unknown>): void;
}

const module = await load<Workerpool & { default?: Workerpool }>("workerpool");
(module.default ?? module).worker({ ...tasks });
