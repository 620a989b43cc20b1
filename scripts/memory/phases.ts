/** What the memory check does to a pool. */
import type { Pool } from "../../mod.ts";
import type { Random } from "../chaos/random.ts";
import * as tasks from "./tasks.ts";

const MIB = 2 ** 20;
/** Largest random payload, as a power of two. */
const LARGEST = 25;

/** A kind of load. */
export interface Phase {
  readonly name: string;
  readonly what: string;
  /** Tasks in all. */
  readonly count: number;
  /** Tasks under way at a time. */
  readonly depth: number;
  /** Runs task number `i`; throws if its result is wrong. */
  run(pool: Pool, random: Random, i: number): Promise<void>;
}

/** Bytes whose ends tell where they came from. */
function payload(size: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(size);
  if (size > 0) bytes[0] = bytes[size - 1] = mark;
  return bytes;
}

async function there(pool: Pool, size: number, i: number): Promise<void> {
  const mark = i & 127;
  const back = await pool.run(tasks.touch, payload(size, mark));
  const right = back.length === size && (size < 2 || (back[0] === (mark ^ 255) && back[size - 1] === mark));
  if (!right) throw new Error(`Task ${i} of ${size} bytes has a wrong result`);
}

/** From 1 byte to 32 MiB, each power of two as often as any other; of each 50 one is evenly from 0 to 32 MiB. */
export function randomSize(random: Random, i: number): number {
  if (i % 50 === 0) return random.int(0, 2 ** LARGEST);
  return Math.floor(2 ** (random.int(0, MIB) / MIB * LARGEST));
}

/** The phases, `scale` times their size. */
export function phases(scale: number): Phase[] {
  const times = (count: number): number => Math.max(10, Math.round(count * scale));
  return [
    {
      name: "small",
      what: "two numbers, every fourth a small object",
      count: times(1_000_000),
      depth: 256,
      async run(pool, _, i) {
        if (i % 4 === 0) {
          const back = await pool.run(tasks.rename, { id: i, name: `user ${i}` });
          if (back.id !== i || back.tags[0] !== `user ${i}`) throw new Error(`Task ${i} has a wrong result`);
        } else if (await pool.run(tasks.add, i, 1) !== i + 1) throw new Error(`Task ${i} has a wrong result`);
      },
    },
    {
      name: "large",
      what: "1 to 8 MiB both ways",
      count: times(2000),
      depth: 4,
      run: (pool, random, i) => there(pool, random.int(MIB, 8 * MIB), i),
    },
    {
      name: "random",
      what: "1 byte to 32 MiB both ways, powers of two evenly",
      count: times(10_000),
      depth: 8,
      run: (pool, random, i) => there(pool, randomSize(random, i), i),
    },
    {
      name: "medium",
      what: "bursts of 1 to 256 KiB, which arenas take",
      count: times(50_000),
      depth: 128,
      run: (pool, random, i) => there(pool, random.int(1024, 256 * 1024), i),
    },
  ];
}
