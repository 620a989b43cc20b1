/** The numbers of shared memory, and the races between them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "../../scripts/chaos/machine.ts";
import * as at from "../../src/transport/layout.ts";
import type { ForgetMessage, ReleaseMessage, ShareMessage } from "../../src/transport/messages.ts";
import { SharedNumbers, SharedObjects, SharedOutlet } from "../../src/transport/shared_buffers.ts";

type Message = ShareMessage | ForgetMessage | ReleaseMessage;

/** A caller and a worker; messages wait in between. */
class Pair {
  readonly messages: Message[] = [];
  readonly outlet: SharedOutlet = new SharedOutlet((message) => void this.messages.push(message));
  readonly objects: SharedObjects = new SharedObjects();

  /** Hands the worker what waits; a buffer becomes another object on the way. */
  deliver(): void {
    for (const message of this.messages.splice(0)) {
      if (message.kind === "share") this.objects.add({ ...message, buffer: crossed() });
      else this.objects.delete(message);
    }
  }

  /** What the worker has under that name of the caller's. */
  named(name: number, entry = at.ringEntry(0, 1)): SharedArrayBuffer | null {
    try {
      return this.objects.all(entry, [name], () => false)[0]!;
    } catch {
      return null;
    }
  }
}

function crossed(): SharedArrayBuffer {
  return new SharedArrayBuffer(1);
}

async function collected(ref: WeakRef<object>): Promise<void> {
  for (let i = 0; ref.deref() !== undefined; i++) {
    assert.ok(i < 100, "it is never collected");
    await new Promise((resolve) => setTimeout(resolve));
    collect();
  }
}

describe("shared memory between a caller and a worker", () => {
  it("is sent once, and comes back from the same task by its place among the arguments", () => {
    const pair = new Pair();
    const buffers = [crossed(), crossed()];
    pair.outlet.share([4, 9], buffers);
    pair.outlet.share([9, 4], buffers);
    assert.equal(pair.messages.length, 2);
    pair.deliver();
    const [first, other] = [at.ringEntry(3, 1), at.ringEntry(3, 2)];
    const [four, nine] = pair.objects.all(first, [4, 9], () => false);
    assert.deepEqual(pair.objects.positions(first, [nine!, four!, nine!]), [1, 0, 1]);
    assert.equal(pair.objects.positions(first, [nine!, crossed()]), null);
    assert.equal(pair.objects.positions(other, [four!]), null, "of another task in the slot");
    pair.objects.all(other, [9], () => false);
    assert.equal(pair.objects.positions(other, [four!]), null, "not given to this task");
  });

  it("is the caller's object by either number, while there is one", () => {
    const pair = new Pair();
    const mine = crossed();
    pair.outlet.share([1], [mine]);
    pair.deliver();
    const theirs = pair.named(1)!;
    assert.equal(pair.outlet.adopt(pair.objects.send(0, theirs), crossed()), mine);
    const made = crossed();
    const adopted = pair.outlet.adopt(pair.objects.send(0, made), crossed());
    assert.equal(pair.outlet.adopt(pair.objects.send(0, made), crossed()), adopted);
    pair.outlet.share([2], [adopted]);
    pair.deliver();
    assert.equal(pair.named(2), made, "and the worker's where the caller sends it");
  });

  it("is kept by the worker until the caller let go of what was sent last", async () => {
    const pair = new Pair();
    const made = crossed();
    const come = (): WeakRef<SharedArrayBuffer> =>
      new WeakRef(pair.outlet.adopt(pair.objects.send(0, made), crossed()));
    const first = come();
    await collected(first);
    while (pair.messages.length === 0) await new Promise((resolve) => setTimeout(resolve));
    // The release is on its way while the worker sends once more.
    const again = pair.outlet.adopt(pair.objects.send(0, made), crossed());
    pair.deliver();
    pair.outlet.share([5], [again]);
    pair.deliver();
    assert.equal(pair.named(5), made, "the release was of the time before");
  });

  it("is forgotten once the caller's object is gone, and comes as another one from then on", () => {
    const pair = new Pair();
    pair.outlet.share([1], [crossed()]);
    pair.deliver();
    const theirs = pair.named(1)!;
    pair.outlet.forget(1);
    const came = crossed();
    const adopted = pair.outlet.adopt(pair.objects.send(0, theirs), came);
    assert.equal(adopted, came);
    pair.deliver();
    assert.equal(pair.named(1), null);
    pair.outlet.share([2], [adopted]);
    pair.deliver();
    assert.equal(pair.named(2), theirs);
  });
});

describe("a thread whose pools come and go", () => {
  /** Whether a registry of the user's own is called; those of V8 once were not, for ever. */
  async function isCalled(): Promise<boolean> {
    let called = false;
    const registry = new FinalizationRegistry(() => {
      called = true;
    });
    const register = (): void => registry.register({}, undefined);
    register();
    for (let i = 0; i < 100 && !called; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      collect();
    }
    return called;
  }

  /** Leaves memory behind, then whoever had numbered it, without a turn of the event loop between. */
  function comeAndGo(make: () => object): void {
    const box: object[] = [];
    const fill = (): void => void box.push(make());
    fill();
    collect();
    box.length = 0;
    collect();
    collect();
  }

  it("still hears what is collected", async () => {
    assert.ok(await isCalled(), "before");
    comeAndGo(() => {
      const numbers = new SharedNumbers(() => {});
      numbers.of(new SharedArrayBuffer(8));
      return numbers;
    });
    assert.ok(await isCalled(), "after the caller's numbers");
    comeAndGo(() => {
      const outlet = new SharedOutlet(() => {});
      outlet.adopt({ position: 0, number: 1, sent: 1, yours: -1 }, new SharedArrayBuffer(8));
      return outlet;
    });
    assert.ok(await isCalled(), "after the caller's side of a worker");
  });
});
