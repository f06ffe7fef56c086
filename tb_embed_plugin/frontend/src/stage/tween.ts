import { MISSING } from "../api/frames";

/** What is shown at one instant: two frames and how far it is from the first to the second. */
export interface Moment {
  from: Uint16Array;
  to: Uint16Array;
  mix: number;
  /** Axes per position: 2 or 3. */
  nDims: number;
}

/** A position in quantized coordinates; z is 0 in two dimensions. */
export interface Position {
  x: number;
  y: number;
  z: number;
}

/**
 * Writes the quantized position of one point between two frames into `out`; false where it is not shown.
 * A point without a position in one of the frames shows, unmoved, only while the other frame is the nearer
 * one: no motion is invented. `place.glsl` says the same.
 */
export function tweenPoint({ from, to, mix, nDims }: Moment, point: number, out: Position): boolean {
  const i = nDims * point;
  const isInFrom = hasPosition(from, i, nDims);
  const isInTo = hasPosition(to, i, nDims);
  if (!(mix < 0.5 ? isInFrom : isInTo)) return false;
  const first = isInFrom ? from : to;
  const second = isInTo ? to : from;
  out.x = between(first, second, mix, i);
  out.y = between(first, second, mix, i + 1);
  out.z = nDims === 3 ? between(first, second, mix, i + 2) : 0;
  return true;
}

/** Whether the position that starts at index `i` is one: missing ones have all axes at their end. */
export function hasPosition(positions: Uint16Array, i: number, nDims: number): boolean {
  return (
    (positions[i] ?? MISSING) !== MISSING ||
    (positions[i + 1] ?? MISSING) !== MISSING ||
    (nDims === 3 && (positions[i + 2] ?? MISSING) !== MISSING)
  );
}

function between(first: Uint16Array, second: Uint16Array, mix: number, i: number): number {
  const start = first[i] ?? 0;
  return start + mix * ((second[i] ?? 0) - start);
}
