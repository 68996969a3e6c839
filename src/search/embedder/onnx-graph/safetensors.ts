import { z } from "zod";

/** Where a tensor lies in a safetensors file (https://huggingface.co/docs/safetensors). */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().min(0)),
    data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
  }),
);

/** The tensors of a safetensors file, by name. Throws when the header cannot be read or a tensor lies outside the file. */
export function readTensors(file: Uint8Array): ReadonlyMap<string, StoredTensor> {
  const start = 8 + headerLength(file);
  const { __metadata__: _, ...entries } = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  const tensors = new Map<string, StoredTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(headerSchema.parse(entries))) {
    const [from, to] = data_offsets;
    if (from > to || start + to > file.length) throw new Error(`The tensor ${name} lies outside the file.`);
    tensors.set(name, { dtype, shape, offset: start + from, length: to - from });
  }
  return tensors;
}

function headerLength(file: Uint8Array): number {
  if (file.length < 8) throw new Error("The file is too short to be safetensors.");
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true));
  if (8 + length > file.length)
    throw new Error("The header of the safetensors file is longer than the file.");
  return length;
}
