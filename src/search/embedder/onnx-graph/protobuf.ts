/**
 * Fields of the Protocol Buffers wire format (https://protobuf.dev/programming-guides/encoding), as far as writing a
 * model needs them: no reading, no negative numbers. Forty lines rather than a library: those worth their weight
 * bring a schema compiler along, and what is written is read back by ONNX Runtime in every test.
 */
export type Bytes = Uint8Array;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const utf8 = new TextEncoder();

/** A field that holds an integer from 0 to 2^53 - 1. */
export function integerField(field: number, value: number): Bytes {
  return concat([key(field, VARINT), varint(value)]);
}

/** A field that holds bytes or an embedded message. */
export function bytesField(field: number, value: Bytes): Bytes {
  return concat([key(field, LENGTH_DELIMITED), varint(value.length), value]);
}

/** A field that holds UTF-8. */
export function textField(field: number, value: string): Bytes {
  return bytesField(field, utf8.encode(value));
}

/** A field that holds a 32-bit float. */
export function floatField(field: number, value: number): Bytes {
  const fixed = new Uint8Array(4);
  new DataView(fixed.buffer).setFloat32(0, value, true);
  return concat([key(field, FIXED_32), fixed]);
}

/** A message is its fields, one after the other. */
export function concat(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function key(field: number, wireType: number): Bytes {
  return varint(field * 8 + wireType);
}

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
