/** Where the library was loaded from, as stack frames write it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { spellingsOf } from "../../src/location.ts";

describe("the library's folder in stack frames", () => {
  it("is written as a URL, or as the path that it stands for", () => {
    assert.deepEqual(spellingsOf("file:///a%20b/%C3%A9/dist/"), ["file:///a%20b/%C3%A9/dist/", "/a b/é/dist/"]);
    assert.deepEqual(spellingsOf("/a b/100%/dist/"), ["/a b/100%/dist/"]);
    assert.deepEqual(spellingsOf("https://jsr.io/@multicore/src/"), ["https://jsr.io/@multicore/src/"]);
  });

  it("may be a URL without escapes, as on Deno 2.9.0", () => {
    assert.deepEqual(spellingsOf("file:///a b/100% #1/dist/"), ["file:///a b/100% #1/dist/", "/a b/100% #1/dist/"]);
  });
});
