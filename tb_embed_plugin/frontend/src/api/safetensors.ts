/** Reads the safetensors format: 8 bytes of header length, a JSON header, then the tensors' bytes. */

export class MalformedFileError extends Error {
  override name = "MalformedFileError";
}

export interface Tensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

export interface SafetensorsFile {
  metadata: Record<string, string>;
  tensors: Map<string, Tensor>;
}

const LENGTH_BYTES = 8;

const DTYPE_BYTES: Record<string, number> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

export function parseSafetensors(buffer: ArrayBuffer): SafetensorsFile {
  const { header, dataStart } = readHeader(buffer);
  const metadata: Record<string, string> = {};
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      Object.assign(metadata, readMetadata(entry));
    } else {
      tensors.set(name, readTensor(name, entry, buffer, dataStart));
    }
  }
  return { metadata, tensors };
}

/** Copies the bytes only where they are not aligned for 16-bit reads. */
export function toUint16Array(tensor: Tensor): Uint16Array {
  if (tensor.dtype !== "U16") {
    throw new MalformedFileError(`Tensor has dtype ${tensor.dtype}, expected U16.`);
  }
  const { bytes } = tensor;
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
}

function readHeader(buffer: ArrayBuffer): { header: Record<string, unknown>; dataStart: number } {
  if (buffer.byteLength < LENGTH_BYTES) {
    throw new MalformedFileError(`File has ${buffer.byteLength} bytes; a safetensors file has at least 8.`);
  }
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + length;
  if (dataStart > buffer.byteLength) {
    throw new MalformedFileError(
      `Header claims ${length} bytes but only ${buffer.byteLength - LENGTH_BYTES} follow; the file was cut short or is not safetensors.`,
    );
  }
  const header = parseJson(new Uint8Array(buffer, LENGTH_BYTES, length));
  if (!isRecord(header)) throw new MalformedFileError("Header is not a JSON object.");
  return { header, dataStart };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new MalformedFileError("Header is not valid JSON.", { cause });
  }
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) throw new MalformedFileError("__metadata__ is not an object.");
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") throw new MalformedFileError(`__metadata__.${key} is not a string.`);
    metadata[key] = value;
  }
  return metadata;
}

function readTensor(name: string, entry: unknown, buffer: ArrayBuffer, dataStart: number): Tensor {
  if (!isRecord(entry)) throw new MalformedFileError(`Tensor ${name} is not described by an object.`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw new MalformedFileError(`Tensor ${name} lacks a usable dtype, shape or data_offsets.`);
  }
  const [start = 0, end = 0] = offsets;
  const dataLength = buffer.byteLength - dataStart;
  if (start > end || end > dataLength) {
    throw new MalformedFileError(`Tensor ${name} spans bytes ${start}…${end} of ${dataLength}.`);
  }
  const itemBytes = DTYPE_BYTES[dtype];
  if (itemBytes === undefined) throw new MalformedFileError(`Tensor ${name} has unknown dtype ${dtype}.`);
  const expected = shape.reduce((product, size) => product * size, itemBytes);
  if (end - start !== expected) {
    throw new MalformedFileError(
      `Tensor ${name} of shape (${shape.join(", ")}) needs ${expected} bytes but has ${end - start}.`,
    );
  }
  return { dtype, shape, bytes: new Uint8Array(buffer, dataStart + start, end - start) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
