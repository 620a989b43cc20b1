/** The libraries under test in the order of the tables, each imported only where it is measured. */
import process from "node:process";
import type { Library } from "../library.ts";

/** The adapters by name; `local` is the module that `--local` names. */
export const libraries: Record<string, () => Promise<Library>> = {
  multicore: async () => (await import("./multicore.ts")).library,
  postmessage: async () => (await import("./postmessage.ts")).library,
  piscina: async () => (await import("./piscina.ts")).library,
  tinypool: async () => (await import("./tinypool.ts")).library,
  workerpool: async () => (await import("./workerpool.ts")).library,
  poolifier: async () => (await import("./poolifier.ts")).library,
  comlink: async () => (await import("./comlink.ts")).library,
  bare: async () => (await import("./bare.ts")).library,
  local: async () => (await import(process.env.BENCH_LOCAL!)).library,
};
