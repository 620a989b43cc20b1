/**
 * Goes through all interleavings of a few sides that share a memory. A side is a generator that
 * yields before each of its steps; an execution is replayed from its start for each branch, and a
 * state that was seen before is not gone into again.
 */

/** A step that a side is about to take. */
export interface Step {
  /** Names the operation and the word, such as `store SUBMITTED`. */
  readonly name: string;
  /** Whether it can be taken now; steps without this always can. */
  readonly ready?: () => boolean;
  /**
   * Whether no other side can tell when it is taken, as with a store that a later one publishes:
   * such a step is taken at once, which leaves the outcomes of all interleavings as they are.
   */
  readonly isLocal?: boolean;
}

/** What a side does, a step at a time. */
export type Steps<T = void> = Generator<Step, T, undefined>;

/** One side of an execution. */
export interface Side {
  readonly name: string;
  /** Its whole life. */
  live(): Steps;
  /** All that its next steps depend on, the memory apart. */
  key(): string;
  /** Whether it may as well never take its next step, so that nobody can rely on it. */
  readonly isOptional?: boolean;
  /** Whether it will never take another step. */
  readonly isDead?: boolean;
}

/** A fresh execution. */
export interface World {
  readonly sides: readonly Side[];
  /** The shared memory. */
  key(): string;
  /** Called where no side can go on; throws if that must not be. `finished` are those that are at their end. */
  end(finished: ReadonlySet<string>): void;
}

/** What an exploration went through. */
export interface Explored {
  states: number;
  ends: number;
}

/** A fault, with the way to it. */
export class Fault extends Error {
  constructor(cause: unknown, path: readonly string[]) {
    super(`${cause instanceof Error ? cause.message : String(cause)}\n  ${path.join("\n  ")}`, { cause });
  }
}

/** One execution that is under way. */
class Execution {
  readonly world: World;
  /** The sides in the order of their steps so far, and what those were. */
  readonly schedule: number[] = [];
  readonly #names: string[] = [];
  readonly #threads: readonly Steps[];
  /** The step that each side is about to take; `undefined` at its end. */
  readonly #next: (Step | undefined)[];

  constructor(world: World) {
    this.world = world;
    this.#threads = world.sides.map((side) => side.live());
    this.#next = this.#threads.map((thread) => thread.next().value ?? undefined);
  }

  #isReady(side: number): boolean {
    const step = this.#next[side];
    return step !== undefined && !this.world.sides[side]!.isDead && (step.ready === undefined || step.ready());
  }

  /** The sides that can take a step. */
  enabled(): number[] {
    return this.#next.map((_, side) => side).filter((side) => this.#isReady(side));
  }

  /** Takes the steps that no other side can tell apart. */
  settle(): void {
    for (let side = 0; side < this.#next.length; side++) {
      while (this.#next[side]?.isLocal && this.#isReady(side)) this.step(side);
    }
  }

  step(side: number): void {
    this.schedule.push(side);
    this.#names.push(this.#next[side]!.name);
    this.#next[side] = this.#threads[side]!.next().value ?? undefined;
  }

  key(): string {
    let key = this.world.key();
    this.world.sides.forEach((side, i) => {
      key += side.isDead ? "|dead" : `|${this.#next[i]?.name ?? "end"} ${side.key()}`;
    });
    return key;
  }

  finished(): ReadonlySet<string> {
    return new Set(this.world.sides.filter((_, i) => this.#next[i] === undefined).map(({ name }) => name));
  }

  path(): string[] {
    return this.#names.map((name, i) => `${this.world.sides[this.schedule[i]!]!.name}: ${name}`);
  }
}

/**
 * Explores all interleavings.
 *
 * @param create makes the world; must do the same each time
 * @throws {Fault} If a side or `end` throws on any of them
 */
export function explore(create: () => World, limit: number = 500_000): Explored {
  const seen = new Set<string>();
  const branches: number[][] = [[]];
  let ends = 0;
  for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
    const execution = new Execution(create());
    const { sides } = execution.world;
    try {
      for (const side of branch) execution.step(side);
      for (;;) {
        execution.settle();
        const key = execution.key();
        if (seen.has(key)) break;
        if (seen.add(key).size > limit) break;
        const enabled = execution.enabled();
        if (enabled.every((side) => sides[side]!.isOptional)) {
          ends++;
          execution.world.end(execution.finished());
        }
        const [first, ...others] = enabled;
        if (first === undefined) break;
        for (const other of others) branches.push([...execution.schedule, other]);
        execution.step(first);
      }
    } catch (error) {
      throw new Fault(error, execution.path());
    }
    if (seen.size > limit) throw new Error(`Cannot explore more than ${limit} states`);
  }
  return { states: seen.size, ends };
}
