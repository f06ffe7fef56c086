import { MalformedFileError, parseSafetensors, toUint16Array } from "./safetensors";

/** One number per point at each of some steps; not a number where a point has none. */
export interface MeasureReply {
  version: string;
  steps: number[];
  rows: Float32Array[];
}

const MISSING = 65535;

/** Decodes the `per_point` reply: values are quantized, as `offset + scale · number`. */
export function decodeMeasure(buffer: ArrayBuffer): MeasureReply {
  const { metadata, tensors } = parseSafetensors(buffer);
  const tensor = tensors.get("values");
  if (!tensor) throw new MalformedFileError("A measure of points has no tensor called values.");
  const [nSteps = 0, nPoints = 0] = tensor.shape;
  const steps = metadata.steps ? metadata.steps.split(",").map(Number) : [];
  const [offset, scale] = [Number(metadata.offset), Number(metadata.scale)];
  if (steps.length !== nSteps || !Number.isFinite(offset) || !Number.isFinite(scale)) {
    throw new MalformedFileError(
      `A measure of points has ${nSteps} steps, names "${metadata.steps}", offset "${metadata.offset}" and scale "${metadata.scale}".`,
    );
  }
  const numbers = toUint16Array(tensor);
  const rows = steps.map((_, row) => {
    const values = new Float32Array(nPoints);
    for (let i = 0; i < nPoints; i++) {
      const number = numbers[row * nPoints + i] ?? MISSING;
      values[i] = number === MISSING ? Number.NaN : offset + scale * number;
    }
    return values;
  });
  return { version: metadata.version ?? "", steps, rows };
}
