/** A worker that says that it is up and then waits for messages that never come. */
import { listen } from "./threads.ts";

const post = await listen(() => {});
post("up");
