/** Classes whose instances are sent. */

/** A class like any. */
export class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get length(): number {
    return Math.hypot(this.x, this.y);
  }
}

/** A class that the library is told about, where it has a way to be told. */
export class RegisteredPoint extends Point {}

/** An error class of a program. */
export class Failure extends RangeError {
  override readonly name: string = "Failure";
}

/** An error class that the library is told about. */
export class RegisteredFailure extends TypeError {
  override readonly name: string = "RegisteredFailure";
  readonly code = "E_REGISTERED";
}
