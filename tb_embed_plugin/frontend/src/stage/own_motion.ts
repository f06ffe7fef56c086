import { applySimilarity, fitSimilarity, type Similarity } from "./similarity";
import { hasPosition } from "./tween";

/** One transition's motion, split into what the whole cloud did and what is each point's own. */
export interface MotionSplit {
  from: Uint16Array;
  to: Uint16Array;
  whole: Similarity;
  /** How far each point moved beyond the whole cloud, in radii of the cloud; not a number where it was not in both. */
  own: Float32Array;
  /** Points that were in both frames, those of the greatest own motion first. */
  order: Uint32Array;
}

/** A point's place among all by own motion may be this much higher than by its activations' before it is gray. */
const MAX_EXCESS_RANK = 0.5;

export function splitMotion(from: Uint16Array, to: Uint16Array, nDims: number): MotionSplit | null {
  const whole = fitSimilarity(from, to, nDims);
  if (!whole) return null;
  const own = new Float32Array(from.length / nDims).fill(Number.NaN);
  const expected = [0, 0, 0];
  for (let point = 0; point < own.length; point++) {
    const i = point * nDims;
    if (!hasPosition(from, i, nDims) || !hasPosition(to, i, nDims)) continue;
    applySimilarity(whole, from, i, expected);
    let squares = 0;
    for (let a = 0; a < nDims; a++) squares += ((to[i + a] ?? 0) - (expected[a] ?? 0)) ** 2;
    own[point] = Math.sqrt(squares) / whole.radius;
  }
  const order = Uint32Array.from({ length: own.length }, (_, point) => point)
    .filter((point) => !Number.isNaN(own[point]))
    .sort((i, j) => (own[j] ?? 0) - (own[i] ?? 0));
  return { from, to, whole, own, order };
}

/**
 * Returns 1 per point whose own motion ranks much higher than anything its activations did in the same transition
 * (`activation_movement`, `neighborhood_change`): motion of the picture that the network does not support. Null
 * where nothing is known of the activations.
 */
export function findUnsupported(
  own: Float32Array,
  activationMeasures: readonly Float32Array[],
): Uint8Array | null {
  if (activationMeasures.length === 0) return null;
  const ownRanks = fractionalRanks(own);
  const activationRanks = activationMeasures.map(fractionalRanks);
  const unsupported = new Uint8Array(own.length);
  for (let i = 0; i < own.length; i++) {
    const support = activationRanks.reduce((most, ranks) => Math.max(most, ranks[i] ?? 0), 0);
    // Comparing with not-a-number is false: what has no motion has none to doubt.
    if ((ownRanks[i] ?? Number.NaN) - support > MAX_EXCESS_RANK) unsupported[i] = 1;
  }
  return unsupported;
}

/** Each value's rank, 0 for the least and 1 for the greatest; equal values share their mean; nan has none. */
export function fractionalRanks(values: Float32Array): Float32Array {
  const ranks = new Float32Array(values.length).fill(Number.NaN);
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) order.push(i);
  order.sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const last = Math.max(1, order.length - 1);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let k = start; k < end; k++) ranks[order[k] ?? 0] = (start + end - 1) / 2 / last;
    start = end;
  }
  return ranks;
}
