/** Arenas: blocks never overlap, memory grows to its limit, the reader stays inside. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArenaReader, ArenaWriter, createArenaBuffer, LARGEST_BLOCK } from "../../src/transport/arena.ts";
import { createRandom } from "./_rig.ts";

function createArena(initial: number, max: number): ArenaWriter {
  return new ArenaWriter(createArenaBuffer(initial, max));
}

describe("ArenaWriter", () => {
  it("gives blocks of the next power of two, at least 128 bytes", () => {
    const arena = createArena(1 << 20, 1 << 20);
    const sizes = [[0, 128], [1, 128], [128, 128], [129, 256], [256, 256], [257, 512], [4097, 8192]] as const;
    for (const [length, size] of [...sizes, [LARGEST_BLOCK, LARGEST_BLOCK]] as const) {
      const before = arena.used;
      const offset = arena.allocate(length);
      assert.equal(arena.used - before, size, `${length} bytes`);
      assert.equal(offset % 128, 0);
    }
  });

  it("reuses a freed block for the next payload of its class only", () => {
    const arena = createArena(4096, 4096);
    const kept = arena.allocate(1);
    const freed = arena.allocate(200);
    arena.free(freed, 200);
    assert.notEqual(arena.allocate(100), freed);
    assert.equal(arena.allocate(256), freed);
    assert.notEqual(arena.allocate(256), freed);
    assert.equal(kept, 0);
  });

  it("grows by doubling as it must, up to its limit, then gives -1", () => {
    const arena = createArena(256, 1024);
    const offsets = Array.from({ length: 8 }, () => arena.allocate(128));
    assert.deepEqual(offsets, [0, 128, 256, 384, 512, 640, 768, 896]);
    assert.equal(arena.buffer.byteLength, 1024);
    assert.equal(arena.bytes.length, 1024);
    assert.equal(arena.allocate(1), -1);
    assert.equal(arena.used, 1024);
    arena.free(384, 128);
    assert.equal(arena.allocate(1), 384);
  });

  it("grows at once to a block that is larger than twice its size", () => {
    const arena = createArena(128, 1 << 20);
    assert.equal(arena.allocate(100_000), 0);
    assert.equal(arena.buffer.byteLength, 131_072);
  });

  it("a refused block leaves it as it was", () => {
    const arena = createArena(256, 512);
    assert.equal(arena.allocate(513), -1);
    assert.equal(arena.used, 0);
    assert.equal(arena.allocate(512), 0);
  });

  it("starts over when all is free, so that no class starves another", () => {
    const arena = createArena(1024, 1024);
    const small = Array.from({ length: 8 }, () => arena.allocate(128));
    assert.equal(arena.allocate(1024), -1);
    for (const offset of small) arena.free(offset, 128);
    assert.equal(arena.used, 0);
    assert.equal(arena.allocate(1024), 0);
    assert.equal(arena.allocate(128), -1);
  });

  it("never gives out a byte twice, and counts what is in use", () => {
    const random = createRandom(7);
    const arena = createArena(128, 1 << 16);
    const owners = new Int32Array(1 << 16);
    const blocks: { id: number; offset: number; length: number; size: number }[] = [];
    let refused = 0;
    for (let id = 1; id < 20_000; id++) {
      if (random(100) < 52) {
        const length = random(random(20) === 0 ? 9000 : 400);
        const before = arena.used;
        const offset = arena.allocate(length);
        if (offset < 0) refused++;
        else {
          const size = arena.used - before;
          assert.ok(offset + size <= arena.buffer.byteLength);
          assert.ok(owners.subarray(offset, offset + size).every((owner) => owner === 0), `block ${id} overlaps`);
          owners.fill(id, offset, offset + size);
          blocks.push({ id, offset, length, size });
        }
      } else if (blocks.length > 0) {
        const [block] = blocks.splice(random(blocks.length), 1);
        arena.free(block!.offset, block!.length);
        owners.fill(0, block!.offset, block!.offset + block!.size);
      }
    }
    assert.ok(refused > 0);
    assert.equal(arena.used, blocks.reduce((sum, { size }) => sum + size, 0));
    for (const { offset, length } of blocks) arena.free(offset, length);
    assert.equal(arena.used, 0);
  });
});

describe("ArenaReader", () => {
  it("sees what the writer wrote, also in memory that grew after it was made", () => {
    const arena = createArena(128, 4096);
    const reader = new ArenaReader(arena.buffer);
    arena.allocate(128);
    const offset = arena.allocate(1000);
    arena.bytes.fill(9, offset, offset + 1000);
    assert.equal(reader.byteLength, arena.buffer.byteLength);
    const view = reader.view(offset, 1000);
    assert.equal(view.length, 1000);
    assert.ok(view.every((byte) => byte === 9));
  });

  it("refuses a range outside the arena", () => {
    const reader = new ArenaReader(createArenaBuffer(128, 4096));
    for (const [offset, length] of [[0, 129], [128, 1], [-1, 1], [0, -1], [-128, 128], [2 ** 31 - 1, 2 ** 31 - 1]]) {
      assert.throws(() => reader.view(offset!, length!), RangeError, `${offset}, ${length}`);
    }
    assert.equal(reader.view(0, 128).length, 128);
    assert.equal(reader.view(128, 0).length, 0);
  });
});
