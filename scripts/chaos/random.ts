/** Random numbers from a seed: the same ones on every runtime. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
    for (let i = 0; i < 8; i++) this.bits();
  }

  /** 32 random bits (mulberry32). */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = this.#state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + this.bits() % (high - low + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.bits() < probability * 2 ** 32;
  }

  /** One of several. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!;
  }

  /** One key of several, each as likely as its weight says. */
  weighed<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.bits() / 2 ** 32 * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      if ((left -= weight) < 0) return key;
    }
    return entries.at(-1)![0];
  }

  /** A size in bytes from 0 to `max`: every order of magnitude is as likely. */
  size(max = 2 * 1024 * 1024): number {
    if (this.chance(0.05)) return 0;
    return Math.min(max, Math.floor(2 ** (this.bits() / 2 ** 32 * Math.log2(max + 1))));
  }
}
