/**
 * The wire format of `auto`: one tag byte a value, lengths as varints, a trailer that is read first.
 *
 * ```
 * | flags | body: one value, then the deferred ones | strings | buffers | offsets of strings, buffers |
 * ```
 *
 * - Short strings stand in the body by their length only; their text is one run in `strings`, which
 *   is decoded by a few calls and cut up. Both sides take the cuts in the same order.
 * - Tags from 0x40 hold a value of their own: a small integer, a string length, the number of a
 *   shape (the list of keys of a plain object, written once a message).
 * - Every object gets a number in the order in which it was met; `REF` names it again.
 * - `buffers` holds what the views refer to, so that views share it. Large ones are attachments.
 *
 * @module
 */

/** Set in the flags byte when there is a section of strings. */
export const FLAG_STRINGS = 1;
/** Set in the flags byte when there is a section of buffers. */
export const FLAG_BUFFERS = 2;

export const UNDEFINED = 0x00;
export const NULL = 0x01;
export const TRUE = 0x02;
export const FALSE = 0x03;
/** An int32 as a zigzag varint. */
export const INT = 0x04;
/** Eight bytes, little-endian. */
export const DOUBLE = 0x05;
/** Byte length, then the magnitude, little-endian. */
export const BIGINT = 0x06;
export const NEGATIVE_BIGINT = 0x07;
/** A string in the section of strings, with its length. */
export const STRING = 0x08;
/** A long string: byte length as a double, then UTF-8. */
export const STRING_UTF8 = 0x09;
/** A long string with lone surrogates: byte length as a double, then UTF-16, little-endian. */
export const STRING_UTF16 = 0x0a;
/** A property that was gone when its turn came, or a hole. */
export const ABSENT = 0x0b;
/** An object met before, by its number. */
export const REF = 0x0c;
/** A plain object of a shape that is new to this message. */
export const NEW_SHAPE = 0x0d;
/** A plain object of a shape whose number does not fit the tag. */
export const SHAPE = 0x0e;
/** A plain object with unusual or many keys: their count, then keys and values. */
export const DICTIONARY = 0x0f;
/** A list without holes or extra properties: its length, then the items. */
export const ARRAY = 0x10;
/** Any other array: its length, the count of its properties, then keys and values. */
export const SPARSE_ARRAY = 0x11;
/** The contents of the container that follows come after the body (see `MAX_DEPTH`). */
export const DEFERRED = 0x12;
/** Head of a deferred plain object. */
export const OBJECT = 0x13;
/** Head of a deferred array. */
export const LIST = 0x14;
export const MAP = 0x15;
export const SET = 0x16;
export const DATE = 0x17;
export const REGEXP = 0x18;
/** A boxed primitive, followed by the primitive. */
export const BOXED = 0x19;
/** An ArrayBuffer or SharedArrayBuffer, by its number in the section of buffers. */
export const BUFFER = 0x1a;
/** A typed array or DataView: type, buffer, offset, length. */
export const VIEW = 0x1b;
/** A view that follows the length of its resizable buffer: type, buffer, offset. */
export const TRACKING_VIEW = 0x1c;
export const ERROR = 0x1d;
export const DOM_EXCEPTION = 0x1e;
/** An instance of a registered class: name, then its properties. */
export const INSTANCE = 0x1f;
/** An instance of a registered class: name, then what its `serialize` gave. */
export const CUSTOM = 0x20;
/** An instance of a registered subclass of a built-in: name, the built-in value, its properties. */
export const EXTENDED = 0x21;
/** A MessagePort, by the position of its attachment. */
export const PORT = 0x22;
/** A callback, by the position of its port among the attachments. */
export const PROXY = 0x23;
/** Text that stands for an object which could not cross; only inside a thrown error. */
export const STAND_IN = 0x24;
/** The arguments of a call: an array that nothing inside can refer to, so it has no number. */
export const ARGUMENTS = 0x25;
/** A `WebAssembly.Module`, or a shared `WebAssembly.Memory`, by the position of its attachment. */
export const WASM = 0x26;

/** 0x40 to 0x7f: an integer from 0 to 63. */
export const SMALL_INT = 0x40;
/** 0x80 to 0xbf: a string of 0 to 63 UTF-16 units in the section of strings. */
export const SMALL_STRING = 0x80;
/** 0xc0 to 0xff: a plain object of shape 0 to 63. */
export const SMALL_SHAPE = 0xc0;

/** Kinds of an entry of the section of buffers: the bytes follow. */
export const BUFFER_INLINE = 0;
/** A `copy` or `transfer` attachment. */
export const BUFFER_ATTACHED = 1;
/** Shared memory, by reference. */
export const BUFFER_SHARED = 2;

/** An ArrayBuffer range of at least so many bytes is attached, not copied into the bytes. */
export const LARGE_BINARY: number = 64 * 1024;
/** Strings from this length on stand in the body: a cut would keep the whole run alive. */
export const LONG_STRING = 512;
/** Largest run of short strings, in UTF-16 units: a kept string keeps at most so much. */
export const STRING_RUN = 8192;
/** Containers deeper than this are deferred, so that depth costs no stack. */
export const MAX_DEPTH = 200;
/** Depth at which instances that cannot be deferred are refused. */
export const HARD_DEPTH = 500;

/** Types of a view, by their number on the wire. */
export const VIEW_TYPES: readonly string[] = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Buffer",
];
