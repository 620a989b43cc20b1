/**
 * When callbacks made by `proxy()` end: with the task that they were sent with.
 *
 * @module
 */

/** Callbacks that end together. */
export interface CallbackScope {
  /** Closes their ports, unless they `end`; calls that are under way or come later reject. */
  release(): void;
  /**
   * Their task is done. Where they are called: says so behind the last call and closes once all have returned; later
   * calls reject. Where they came from: `then` is called once all those calls have begun.
   *
   * @returns whether nothing is left to wait for
   */
  end(then: () => void): boolean;
}

/** Takes over the callbacks of a message that is decoded. */
export interface CallbackReceiver {
  callbacks: CallbackScope | null;
}

/** One scope for all callbacks of a message; `null` if it has none. */
export function joinScopes(scopes: readonly CallbackScope[] | null): CallbackScope | null {
  if (scopes === null) return null;
  return {
    release: () => {
      for (const scope of scopes) scope.release();
    },
    end: (then) => {
      let left = 0;
      for (const scope of scopes) if (!scope.end(() => --left === 0 && then())) left++;
      return left === 0;
    },
  };
}
