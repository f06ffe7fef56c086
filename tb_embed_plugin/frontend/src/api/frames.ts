import { MalformedFileError, parseSafetensors, toUint16Array } from "./safetensors";
import type { Frame, FramesReply, Grid } from "./types";

/** The value that stands, on every axis, for "this point has no position". */
export const MISSING = 65535;

/** Decodes the `frames` reply. */
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
    return { step, positions: values.subarray(i * nPoints * nDims, (i + 1) * nPoints * nDims) };
  });
  return { version: readText(metadata, "version"), grid: readGrid(metadata, nDims), frames };
}

function readGrid(metadata: Record<string, string>, nDims: number): Grid {
  const [scale = 0] = readNumbers(metadata, "scale");
  return { offset: readAxes(metadata, "offset", nDims), scale, extent: readAxes(metadata, "extent", nDims) };
}

function readAxes(metadata: Record<string, string>, key: string, nDims: number): number[] {
  const numbers = readNumbers(metadata, key);
  if (numbers.length !== nDims) {
    throw new MalformedFileError(
      `Frames' ${key} is "${metadata[key]}", expected one number for each of ${nDims} axes.`,
    );
  }
  return numbers;
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
