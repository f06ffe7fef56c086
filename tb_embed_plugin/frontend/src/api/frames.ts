import { MalformedFileError, parseSafetensors, toUint16Array } from "./safetensors";
import type { Frame, FramesReply, Grid } from "./types";

/** The value that stands, on every axis, for "this point has no position". */
export const MISSING = 65535;

/** Decodes the `frames` reply. Of three dimensions the first two are kept: the stage is flat. */
export function decodeFrames(buffer: ArrayBuffer): FramesReply {
  const { metadata, tensors } = parseSafetensors(buffer);
  const tensor = tensors.get("positions");
  if (!tensor) throw new MalformedFileError("Frames have no tensor called positions.");
  const [nSteps, nPoints, nDims] = tensor.shape;
  if (nSteps === undefined || nPoints === undefined || nDims === undefined || nDims < 2 || nDims > 3) {
    throw new MalformedFileError(
      `positions has shape (${tensor.shape.join(", ")}), expected (n_steps, n_points, 2 or 3).`,
    );
  }
  const steps = readNumbers(metadata, "steps");
  if (steps.length !== nSteps) {
    throw new MalformedFileError(`positions has ${nSteps} steps but ${steps.length} are named.`);
  }
  const values = toUint16Array(tensor);
  const frames = steps.map((step, i): Frame => {
    const positions = values.subarray(i * nPoints * nDims, (i + 1) * nPoints * nDims);
    return { step, positions: nDims === 2 ? positions : dropThirdAxis(positions) };
  });
  return { version: readText(metadata, "version"), grid: readGrid(metadata), frames };
}

function dropThirdAxis(positions: Uint16Array): Uint16Array {
  const nPoints = positions.length / 3;
  const flat = new Uint16Array(nPoints * 2);
  for (let i = 0; i < nPoints; i++) {
    const x = positions[3 * i] ?? MISSING;
    const y = positions[3 * i + 1] ?? MISSING;
    const isAtCorner = x === MISSING && y === MISSING && positions[3 * i + 2] !== MISSING;
    // A point in the far corner of the first two axes has a position: it must not read as missing.
    flat[2 * i] = isAtCorner ? MISSING - 1 : x;
    flat[2 * i + 1] = y;
  }
  return flat;
}

function readGrid(metadata: Record<string, string>): Grid {
  const [scale = 0] = readNumbers(metadata, "scale");
  return { offset: readPair(metadata, "offset"), scale, extent: readPair(metadata, "extent") };
}

function readPair(metadata: Record<string, string>, key: string): [number, number] {
  const [x, y] = readNumbers(metadata, key);
  if (x === undefined || y === undefined) {
    throw new MalformedFileError(`Frames' ${key} is "${metadata[key]}", expected one number per axis.`);
  }
  return [x, y];
}

function readNumbers(metadata: Record<string, string>, key: string): number[] {
  const text = readText(metadata, key);
  const numbers = text === "" ? [] : text.split(",").map(Number);
  if (!numbers.every(Number.isFinite)) {
    throw new MalformedFileError(`Frames' ${key} is "${text}", expected numbers separated by commas.`);
  }
  return numbers;
}

function readText(metadata: Record<string, string>, key: string): string {
  const text = metadata[key];
  if (text === undefined) throw new MalformedFileError(`Frames lack ${key} in their __metadata__.`);
  return text;
}
