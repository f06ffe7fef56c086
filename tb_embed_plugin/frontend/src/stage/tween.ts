import { MISSING } from "../api/frames";

/**
 * Writes the quantized position of one point between two frames into `out`; false where it is not shown.
 * A point without a position in one of the frames shows, unmoved, only while the other frame is the nearer
 * one: no motion is invented. `tween.vert.glsl` says the same.
 */
export function tweenPoint(
  from: Uint16Array,
  to: Uint16Array,
  mix: number,
  point: number,
  out: { x: number; y: number },
): boolean {
  const i = 2 * point;
  const fromX = from[i] ?? MISSING;
  const fromY = from[i + 1] ?? MISSING;
  const toX = to[i] ?? MISSING;
  const toY = to[i + 1] ?? MISSING;
  const isInFrom = fromX !== MISSING || fromY !== MISSING;
  const isInTo = toX !== MISSING || toY !== MISSING;
  if (!(mix < 0.5 ? isInFrom : isInTo)) return false;
  const startX = isInFrom ? fromX : toX;
  const startY = isInFrom ? fromY : toY;
  out.x = isInTo ? startX + mix * (toX - startX) : startX;
  out.y = isInTo ? startY + mix * (toY - startY) : startY;
  return true;
}
