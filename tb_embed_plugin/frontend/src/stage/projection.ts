import { type Moment, type Position, tweenPoint } from "./tween";

/**
 * Maps quantized positions to CSS pixels and a depth: view = matrix · position + shift, in pixels from `center`
 * (y down), with z towards the viewer in units of the scene's radius. Nearer points are magnified by
 * 1 / (1 − perspective · z). Two dimensions are the case without depth.
 */
export interface Projection {
  /** Row by row. */
  matrix: readonly [number, number, number, number, number, number, number, number, number];
  shift: readonly [number, number, number];
  center: readonly [number, number];
  perspective: number;
}

/** Where a point is drawn, in CSS pixels of the stage. */
export interface Place {
  x: number;
  y: number;
  /** Towards the viewer, about −1…1. */
  depth: number;
  /** How much larger than at depth 0 a point is drawn. */
  magnification: number;
}

/** Nothing is magnified more than this, however close it comes. */
export const MAX_MAGNIFICATION = 3;

export function createPlace(): Place {
  return { x: 0, y: 0, depth: 0, magnification: 1 };
}

export function project(projection: Projection, { x, y, z }: Position, out: Place): void {
  const { matrix: m, shift, center, perspective } = projection;
  const depth = perspective === 0 ? 0 : m[6] * x + m[7] * y + m[8] * z + shift[2];
  const magnification = perspective === 0 ? 1 : magnify(perspective, depth);
  out.x = center[0] + (m[0] * x + m[1] * y + m[2] * z + shift[0]) * magnification;
  out.y = center[1] + (m[3] * x + m[4] * y + m[5] * z + shift[1]) * magnification;
  out.depth = depth;
  out.magnification = magnification;
}

/** Where one point is drawn at a moment; false where it is not. */
export function projectPoint(moment: Moment, projection: Projection, point: number, out: Place): boolean {
  if (!tweenPoint(moment, point, position)) return false;
  project(projection, position, out);
  return true;
}

/** Scratch: one object for millions of calls. */
const position: Position = { x: 0, y: 0, z: 0 };

function magnify(perspective: number, depth: number): number {
  return 1 / Math.max(1 / MAX_MAGNIFICATION, 1 - perspective * depth);
}

/** How much of the background a point at this depth takes on: far ones fade. `place.glsl` says the same. */
export function fadeAt(depth: number): number {
  return Math.min(MAX_FADE, Math.max(0, (MAX_FADE / 2) * (1 - depth)));
}

export const MAX_FADE = 0.65;
