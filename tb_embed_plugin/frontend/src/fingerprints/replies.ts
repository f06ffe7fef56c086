import { get, seriesQuery } from "../api/client";
import { MalformedFileError, parseSafetensors, type SafetensorsFile, type Tensor } from "../api/safetensors";
import type { SeriesKey } from "../api/types";

/** Activations of one step as `GET fingerprints` has them: units by points, points sorted by class. */
export interface Fingerprints {
  step: number;
  nUnits: number;
  nPoints: number;
  /** Row by row, 0…254 from `least` to `greatest`; 255 for what is no number. */
  values: Uint8Array;
  least: number;
  greatest: number;
  /** How many units the layer has; more than `nUnits` where not all are shown. */
  nFeatures: number;
  /** Numbers of the units and points that are shown. */
  units: Uint32Array;
  points: Uint32Array;
  /** Class of each point shown, an index among the categories of the label; −1 for none. */
  classes: Int32Array;
  selectivity: Float32Array;
  /** The class that each unit is most active for; −1 for none. */
  preferred: Int32Array;
}

/** Pictures that belong to classes or units. */
export interface Pictures {
  names: string[];
  width: number;
  height: number;
  nChannels: number;
  /** Picture by picture, row by row. */
  pixels: Uint8Array;
  scores: Float32Array | null;
}

export async function getFingerprints(
  key: SeriesKey,
  step: number,
  signal: AbortSignal,
): Promise<Fingerprints> {
  return decodeFingerprints(await getBytes("fingerprints", key, step, signal));
}

export async function getIdealInputs(key: SeriesKey, step: number, signal: AbortSignal): Promise<Pictures> {
  return decodePictures(await getBytes("ideal_inputs", key, step, signal));
}

export async function getClassMeans(key: SeriesKey, signal: AbortSignal): Promise<Pictures> {
  return decodePictures(await getBytes("class_means", key, null, signal));
}

export function decodeFingerprints(buffer: ArrayBuffer): Fingerprints {
  const file = parseSafetensors(buffer);
  const values = find(file, "values", "U8");
  const [nUnits = 0, nPoints = 0] = values.shape;
  const [least = Number.NaN, greatest = Number.NaN] = (file.metadata.extent ?? "").split(",").map(Number);
  const step = Number(file.metadata.step ?? Number.NaN);
  if (![least, greatest, step].every(Number.isFinite)) {
    throw new MalformedFileError("The fingerprints lack their step or extent.");
  }
  return {
    step,
    nUnits,
    nPoints,
    values: values.bytes,
    least,
    greatest,
    nFeatures: Number(file.metadata.n_features ?? nUnits),
    units: new Uint32Array(aligned(find(file, "units", "U32", nUnits))),
    points: new Uint32Array(aligned(find(file, "points", "U32", nPoints))),
    classes: new Int32Array(aligned(find(file, "classes", "I32", nPoints))),
    selectivity: new Float32Array(aligned(find(file, "selectivity", "F32", nUnits))),
    preferred: new Int32Array(aligned(find(file, "preferred", "I32", nUnits))),
  };
}

export function decodePictures(buffer: ArrayBuffer): Pictures {
  const file = parseSafetensors(buffer);
  const images = find(file, "images", "U8");
  const [count = 0, height = 0, width = 0, nChannels = 0] = images.shape;
  const names: unknown = JSON.parse(file.metadata.names ?? "null");
  if (!Array.isArray(names) || names.length !== count) {
    throw new MalformedFileError(`There are ${count} pictures, but other names.`);
  }
  const scores = file.tensors.has("scores") ? aligned(find(file, "scores", "F32", count)) : null;
  return {
    names: names.map(String),
    width,
    height,
    nChannels,
    pixels: images.bytes,
    scores: scores && new Float32Array(scores),
  };
}

async function getBytes(route: string, key: SeriesKey, step: number | null, signal: AbortSignal) {
  const query = seriesQuery(key);
  if (step !== null) query.set("step", String(step));
  return (await get(`${route}?${query}`, signal)).arrayBuffer();
}

function find(file: SafetensorsFile, name: string, dtype: string, length?: number): Tensor {
  const tensor = file.tensors.get(name);
  if (tensor?.dtype !== dtype || (length !== undefined && tensor.shape[0] !== length)) {
    throw new MalformedFileError(`Tensor ${name} is missing, or not ${dtype} of the length expected.`);
  }
  return tensor;
}

/** A buffer of its own, since typed arrays want their numbers at multiples of their width. */
function aligned({ bytes }: Tensor): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
