/** Pools whose tasks fake, replace or freeze globals of their worker, or pollute prototypes there. */
import { describePatched } from "./_patched.ts";

describePatched("worker");
