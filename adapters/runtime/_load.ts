/**
 * The machine's load per core, averaged over the last minute. Where the system keeps no average, as on Windows, it is
 * measured from the times of the cores.
 *
 * @module
 */

import { Math, Object } from "../../src/captured.ts";
import { cpus, loadavg } from "node:os";
import { clock } from "./_clock.ts";
import process from "./_process.ts";
import type { LoadSample } from "../../src/adapter.ts";

/** Time that a core has spent in each state since the machine started, as `os.cpus()` tells it. */
export interface CoreTimes {
  readonly times: Readonly<Record<string, number>>;
}

/** The load average's window, in ms. */
const WINDOW = 60_000;

/** Shortest time between two looks at the cores, in ms; the counters tick each 10 to 16 ms. */
const RESOLUTION = 250;

/**
 * Stands in for the load average on Windows, which has none: the busy share of the machine's
 * cores, averaged with exponentially falling weights as the load average is, over a minute.
 *
 * A sample takes the mean since the one before; the first, the mean since the machine started. It
 * counts cores that work but not threads that wait for one, so it never is above 1.
 */
export class BusyMeter {
  readonly #cpus: () => readonly CoreTimes[];
  readonly #now: () => number;
  /** Mean busy share until the last look, 0 to 1; `undefined` before the first. */
  #average: number | undefined;
  /** Time of the last look, and what the counters said. */
  #last: { at: number; busy: number; total: number } = { at: 0, busy: 0, total: 0 };
  /** Cores at the last look. */
  #cores = 1;

  /**
   * @param cpus Reads the cores' counters.
   * @param now Reads a clock that does not jump, in ms.
   */
  constructor(cpus: () => readonly CoreTimes[], now: () => number) {
    this.#cpus = cpus;
    this.#now = now;
  }

  /** Takes a sample. */
  sample(): LoadSample {
    const at = this.#now();
    if (this.#average === undefined || at - this.#last.at >= RESOLUTION) this.#look(at);
    return { average: this.#average ?? 0, cores: this.#cores };
  }

  /** Reads the counters and moves the average by what they gained. */
  #look(at: number): void {
    const cores = this.#cpus();
    let busy = 0;
    let total = 0;
    for (const { times } of cores) {
      for (const [state, time] of Object.entries(times)) {
        total += time;
        if (state !== "idle") busy += time;
      }
    }
    const gained = total - this.#last.total;
    if (gained > 0) {
      const share = Math.min(1, Math.max(0, (busy - this.#last.busy) / gained));
      const old = this.#average === undefined ? 0 : Math.exp((this.#last.at - at) / WINDOW);
      this.#average = (this.#average ?? 0) * old + share * (1 - old);
    }
    this.#last = { at, busy, total };
    this.#cores = Math.max(1, cores.length);
  }
}

const meter = new BusyMeter(cpus, clock.now);

let machineCores: number | undefined;

/**
 * Reads the 1-minute load average per core of the machine.
 *
 * The load average counts the threads of the whole machine, so it is divided by the machine's
 * cores, not by those that this process may use: a container with 2 of 64 cores would otherwise
 * look overloaded whenever its neighbours work.
 *
 * @param cores Counts the machine's cores; called once.
 */
export function sampleLoad(cores: () => number = () => cpus().length): LoadSample {
  if (process.platform === "win32") return meter.sample();
  machineCores ??= Math.max(1, cores());
  const [average = 0] = loadavg();
  return { average: average / machineCores, cores: machineCores };
}
