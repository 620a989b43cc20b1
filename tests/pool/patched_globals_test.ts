/** Pools whose program fakes, replaces, freezes or pollutes globals. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describePatched, misuses } from "./_patched.ts";

describePatched("caller");

describe("a pool whose program, before the import,", () => {
  it("adds enumerable properties to all objects and arrays works", async () => {
    assert.deepEqual(await misuses("caller", "pollute-first"), []);
  });
});
