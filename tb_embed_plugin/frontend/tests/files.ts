/** Makes the files that the server sends. */

interface FramesFile {
  steps: number[];
  values: number[];
  nDims?: number;
  nSteps?: number;
  offset?: string;
  extent?: string;
  scale?: string;
  version?: string;
}

export function framesFile(file: FramesFile): ArrayBuffer {
  const {
    steps,
    values,
    nDims = 2,
    nSteps = steps.length,
    offset = "-1.5,-2.0",
    scale = "0.001",
    extent = "81.2,64.9",
  } = file;
  const metadata = {
    version: file.version ?? "v1",
    steps: steps.join(","),
    offset,
    scale,
    extent,
  };
  return safetensorsFile(metadata, [nSteps, values.length / nDims / nSteps, nDims], values);
}

export function safetensorsFile(
  metadata: Record<string, string>,
  shape: number[],
  values: number[],
): ArrayBuffer {
  const data = Uint16Array.from(values);
  const positions = { dtype: "U16", shape, data_offsets: [0, data.byteLength] };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, positions }));
  const buffer = new ArrayBuffer(8 + header.length + data.byteLength);
  new DataView(buffer).setBigUint64(0, BigInt(header.length), true);
  new Uint8Array(buffer, 8).set(header);
  new Uint8Array(buffer, 8 + header.length).set(new Uint8Array(data.buffer));
  return buffer;
}
