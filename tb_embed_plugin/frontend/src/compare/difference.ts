import { nearestInPicture } from "./picture_neighbors";

/** Quantized positions of all points, `nDims` numbers per point. */
export interface Picture {
  positions: Uint16Array;
  nDims: number;
}

/** Neighbors in the picture that are compared. */
export const N_COMPARED = 10;

/**
 * How differently each point lies in two pictures of the same points: the share of its ten nearest neighbors in the one
 * that are not among its ten nearest in the other. Pictures may be turned, mirrored or stretched without differing. Not
 * a number where a point has no place in one of them.
 */
export function differenceOf(first: Picture, second: Picture): Float32Array {
  const nPoints = Math.min(first.positions.length / first.nDims, second.positions.length / second.nDims);
  const count = Math.min(N_COMPARED, nPoints - 1);
  const [ours, theirs] = [nearestInPicture(first, count), nearestInPicture(second, count)];
  const difference = new Float32Array(nPoints).fill(Number.NaN);
  for (let point = 0; point < nPoints; point++) {
    const [start, end] = [point * count, (point + 1) * count];
    // Less than a whole row: the point, or nearly everybody, has no place.
    if (count < 1 || ours[end - 1] === -1 || theirs[end - 1] === -1) continue;
    const kept = new Set(ours.subarray(start, end));
    let shared = 0;
    for (let i = start; i < end; i++) if (kept.has(theirs[i] ?? -1)) shared++;
    difference[point] = 1 - shared / count;
  }
  return difference;
}
