import { type Evidence, type Labels, NONE } from "./evidence";

const MISSING = 65535;

/**
 * Which class each point is taken for at each step: the network's prediction where it is known, else the class whose
 * center is nearest in the picture. Null at steps of which neither is known.
 */
export function guessClasses(evidence: Evidence, labels: Labels): (Int16Array | null)[] {
  const predictions = evidence.measures.prediction;
  if (predictions) return predictions.map((row) => readPredictions(row, labels));
  return evidence.positions.map((frame) => (frame ? nearestCenters(frame, evidence.nDims, labels) : null));
}

function readPredictions(row: Float32Array, labels: Labels): Int16Array | null {
  const guesses = new Int16Array(row.length).fill(NONE);
  let isKnown = false;
  for (let i = 0; i < row.length; i++) {
    const prediction = row[i] ?? Number.NaN;
    if (Number.isNaN(prediction)) continue;
    guesses[i] = labels.ofPrediction[prediction] ?? NONE;
    isKnown = true;
  }
  return isKnown ? guesses : null;
}

function nearestCenters(frame: Uint16Array, nDims: number, { codes, names }: Labels): Int16Array {
  const centers = new Float64Array(names.length * nDims);
  const sizes = new Int32Array(names.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? NONE;
    if (code === NONE || frame[nDims * i] === MISSING) continue;
    sizes[code] = (sizes[code] ?? 0) + 1;
    for (let axis = 0; axis < nDims; axis++) {
      centers[nDims * code + axis] = (centers[nDims * code + axis] ?? 0) + (frame[nDims * i + axis] ?? 0);
    }
  }
  for (let k = 0; k < centers.length; k++)
    centers[k] = (centers[k] ?? 0) / (sizes[Math.floor(k / nDims)] || 1);
  const guesses = new Int16Array(codes.length).fill(NONE);
  for (let i = 0; i < codes.length; i++) {
    if (frame[nDims * i] === MISSING) continue;
    let nearest = Number.POSITIVE_INFINITY;
    for (let c = 0; c < names.length; c++) {
      if (!sizes[c]) continue;
      let squared = 0;
      for (let axis = 0; axis < nDims; axis++) {
        squared += ((frame[nDims * i + axis] ?? 0) - (centers[nDims * c + axis] ?? 0)) ** 2;
      }
      if (squared < nearest) {
        nearest = squared;
        guesses[i] = c;
      }
    }
  }
  return guesses;
}
