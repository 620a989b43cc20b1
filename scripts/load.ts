/** Keeps every core busy, to find tests that depend on time. */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";

/** A loop that ends when the process that started it is gone, however that ended. */
const hog = `
const parent = process.ppid;
for (;;) {
  const end = Date.now() + 50;
  while (Date.now() < end);
  if (process.ppid !== parent) process.exit();
}`;

/** Starts two busy processes a core; the returned function stops them. */
export function startLoad(): () => void {
  const hogs = Array.from(
    { length: availableParallelism() * 2 },
    () => spawn(process.execPath, ["-e", hog], { stdio: "ignore" }),
  );
  return () => {
    for (const child of hogs) child.kill("SIGKILL");
  };
}
