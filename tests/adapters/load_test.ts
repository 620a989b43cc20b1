/** The stand-in for the load average, on a made-up machine. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BusyMeter } from "../../adapters/runtime/_load.ts";

/** Cores that were busy for given times, and a clock. */
class FakeMachine {
  now = 1_000_000;
  looks = 0;
  readonly #cores: { user: number; nice: number; sys: number; idle: number; irq: number }[];

  constructor(cores: number, busy: number, idle: number) {
    this.#cores = Array.from({ length: cores }, () => ({ user: busy, nice: 0, sys: 0, idle, irq: 0 }));
  }

  /** Lets `ms` pass, in which each core is busy for its share. */
  run(ms: number, ...shares: number[]): void {
    this.now += ms;
    this.#cores.forEach((core, index) => {
      const share = shares[index] ?? shares[0] ?? 0;
      core.sys += (ms * share) / 2;
      core.user += (ms * share) / 2;
      core.idle += ms * (1 - share);
    });
  }

  meter(): BusyMeter {
    const cpus = (): { times: Record<string, number> }[] => {
      this.looks++;
      return this.#cores.map((times) => ({ times: { ...times } }));
    };
    return new BusyMeter(cpus, () => this.now);
  }
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}

describe("BusyMeter.sample()", () => {
  it("gives the mean since the machine started at first", () => {
    const sample = new FakeMachine(4, 300, 700).meter().sample();
    near(sample.average, 0.3);
    assert.equal(sample.cores, 4);
  });

  it("moves towards the busy share as the load average does", () => {
    const machine = new FakeMachine(2, 0, 1000);
    const meter = machine.meter();
    near(meter.sample().average, 0);
    machine.run(60_000, 1);
    near(meter.sample().average, 1 - Math.exp(-1));
    machine.run(60_000, 0);
    near(meter.sample().average, (1 - Math.exp(-1)) * Math.exp(-1));
  });

  it("gives the same for many looks as for one", () => {
    const averages = [1, 100].map((parts) => {
      const machine = new FakeMachine(2, 0, 1000);
      const meter = machine.meter();
      meter.sample();
      for (let part = 0; part < parts; part++) {
        machine.run(30_000 / parts, 0.8);
        meter.sample();
      }
      return meter.sample().average;
    });
    near(averages[0]!, averages[1]!);
  });

  it("means over the cores", () => {
    const machine = new FakeMachine(2, 0, 0);
    const meter = machine.meter();
    machine.run(10_000, 1, 0);
    near(meter.sample().average, 0.5);
  });

  it("looks no sooner than the counters tick", () => {
    const machine = new FakeMachine(2, 500, 500);
    const meter = machine.meter();
    meter.sample();
    machine.run(100, 1);
    near(meter.sample().average, 0.5);
    assert.equal(machine.looks, 1);
    machine.run(200, 1);
    assert.ok(meter.sample().average > 0.5);
    assert.equal(machine.looks, 2);
  });

  it("stays between 0 and 1, and a number, when counters stand still or go back", () => {
    for (const busy of [0, -5000, 5000]) {
      const machine = new FakeMachine(1, 5000, 5000);
      const meter = machine.meter();
      meter.sample();
      machine.run(1000, busy);
      const { average } = meter.sample();
      assert.ok(average >= 0 && average <= 1, String(average));
    }
    assert.equal(new BusyMeter(() => [], () => 0).sample().average, 0);
    assert.equal(new BusyMeter(() => [], () => 0).sample().cores, 1);
  });
});
