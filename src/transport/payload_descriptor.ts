/**
 * What describes a payload, as one word of its slot: where its bytes stand, in which format they are, and, for a result,
 * whether it is a value or an error. Both threads read and write the word by the functions here.
 *
 * | bits  | of arguments                                                       | of a result                   |
 * | ----- | ------------------------------------------------------------------ | ----------------------------- |
 * | 0-1   | place: `SCALARS`, `INLINE`, `ARENA` or `ON_PORT`                   | the same                      |
 * | 2     | attachments stand on the port                                      | the same                      |
 * | 3     | a transferred ArrayBuffer is among them                            | it is an error                |
 * | 4-9   | number of their format                                             | number of its format          |
 * | 10-15 | number of the format that the result is to have                    | 0                             |
 * | 16-31 | of scalars: their tags, 4 bits each                                | of a scalar: its tag          |
 * | 16-23 | of others: how many names of shared memory end the encoding        | the same                      |
 *
 * @module
 */

/** Scalars inside the slot's own line, tagged in the word. */
export const SCALARS: number = 0;
/** Bytes inside the slot. */
export const INLINE: number = 1;
/** Bytes in the writer's arena. */
export const ARENA: number = 2;
/** Bytes in the message that stands on the port under the entry's number. */
export const ON_PORT: number = 3;
/** Bit: attachments stand on the port under the entry's number. */
export const ATTACHED: number = 1 << 2;
/** Bit of a result that is an error. */
export const ERROR_BIT: number = 1 << 3;
/** Bit of arguments among whose attachments is a transferred ArrayBuffer. */
export const TRANSFER_BIT: number = 1 << 3;

/** Scalar tags. */
export const TAG_NONE: number = 0;
export const TAG_UNDEFINED: number = 1;
export const TAG_NULL: number = 2;
export const TAG_FALSE: number = 3;
export const TAG_TRUE: number = 4;
export const TAG_NUMBER: number = 5;

/** Most scalars that fit. */
export const MAX_SCALARS: number = 4;

/** The place of a word. */
export function placeOf(word: number): number {
  return word & 3;
}

/** Whether the word of a result says that it is a scalar, and no error. */
export function isScalarResult(word: number): boolean {
  return (word & 0xf) === SCALARS;
}

/** The number of the payload's format. */
export function formatOf(word: number): number {
  return (word >>> 4) & 63;
}

/** The number of the format that the result is to have. */
export function resultFormatOf(word: number): number {
  return (word >>> 10) & 63;
}

/** The bits of a payload's format. */
export function formatBits(format: number): number {
  return format << 4;
}

/** The bits of the format that the result is to have. */
export function resultFormatBits(format: number): number {
  return format << 10;
}

/** The bits of how many names of shared memory end an encoding. */
export function nameBits(count: number): number {
  return count << 16;
}

/** How many names of shared memory end the payload. */
export function namesOf(word: number): number {
  return placeOf(word) === SCALARS ? 0 : (word >>> 16) & 255;
}

/** Tag of a value, or -1 if it is no scalar. */
export function tagOf(value: unknown): number {
  switch (typeof value) {
    case "number":
      return TAG_NUMBER;
    case "undefined":
      return TAG_UNDEFINED;
    case "boolean":
      return value ? TAG_TRUE : TAG_FALSE;
    default:
      return value === null ? TAG_NULL : -1;
  }
}

/**
 * The same number, as executors hold small integers. One that was read from memory for doubles stays a double in all that
 * is computed from it: fib(27) took 2.75 ms with such an argument, and 1.9 ms with an integer.
 */
function asInteger(number: number): number {
  const integer = number | 0;
  return integer === number && (integer !== 0 || 1 / number > 0) ? integer : number;
}

/** The value of a tag; `number` is what stands in its place. */
export function valueOf(tag: number, number: number): unknown {
  switch (tag) {
    case TAG_NUMBER:
      return asInteger(number);
    case TAG_UNDEFINED:
      return undefined;
    case TAG_NULL:
      return null;
    case TAG_FALSE:
      return false;
    case TAG_TRUE:
      return true;
    default:
      throw new RangeError(`Cannot read a scalar: unknown tag ${tag}`);
  }
}

/**
 * The word that describes arguments which are all scalars, or -1 if they are not.
 *
 * @param args the arguments of a call
 */
export function scalarWord(args: readonly unknown[]): number {
  const count = args.length;
  if (count > MAX_SCALARS) return -1;
  let word = SCALARS;
  for (let i = 0; i < count; i++) {
    const tag = tagOf(args[i]);
    if (tag < 0) return -1;
    word |= tag << (16 + 4 * i);
  }
  return word;
}
