import { toCss } from "../color/palette";
import type { OverlayLayer } from "./overlay";
import { createPlace, type Place, type Projection, projectPoint } from "./projection";
import type { PointStyle } from "./renderer";

/** The way of some points through the steps. */
export interface Trails {
  points: Uint32Array;
  /** Positions at each step, as far as they have come. */
  frames: readonly (Uint16Array | null)[];
  /** Where the playhead is: fractional index among the frames. */
  position: number;
}

/** Trails of more points would be a tangle. */
export const MAX_TRAILS = 200;

const PAST_ALPHA = 0.9;
const FUTURE_ALPHA = 0.3;
const LEAST_ALPHA = 0.12;
/** Steps over which a trail fades. */
const FADE_STEPS = 12;

/** Draws lines from step to step: strong where the points just were, faint where they will be. */
export function trailsLayer(
  trails: Trails,
  nDims: number,
  projection: Projection,
  style: PointStyle,
): OverlayLayer {
  const { points, frames, position } = trails;
  return (context) => {
    context.lineWidth = 1.5;
    context.lineCap = "round";
    for (const point of points) {
      const color = [
        style.colors[4 * point],
        style.colors[4 * point + 1],
        style.colors[4 * point + 2],
      ] as const;
      const [r = 0, g = 0, b = 0] = color;
      let before: Place | null = null;
      for (let k = 0; k < frames.length; k++) {
        const after = placeAt(frames[k] ?? null, nDims, projection, point);
        if (before && after) {
          // The segment that the playhead is on changes its strength where the point is.
          const cut = Math.min(1, Math.max(0, position - (k - 1)));
          const middle = {
            x: before.x + cut * (after.x - before.x),
            y: before.y + cut * (after.y - before.y),
          };
          const alpha = trailAlpha(k - 0.5 - position);
          if (cut > 0) line(context, before, middle, toCss([r, g, b], alpha.past));
          if (cut < 1) line(context, middle, after, toCss([r, g, b], alpha.future));
        }
        before = after;
      }
    }
  };
}

/** Of a segment whose middle is this many steps after the playhead. */
export function trailAlpha(offset: number): { past: number; future: number } {
  const nearness = Math.max(0, 1 - Math.abs(offset) / FADE_STEPS);
  return {
    past: LEAST_ALPHA + nearness * (PAST_ALPHA - LEAST_ALPHA),
    future: LEAST_ALPHA + nearness * (FUTURE_ALPHA - LEAST_ALPHA),
  };
}

function line(
  context: CanvasRenderingContext2D,
  start: { x: number; y: number },
  end: { x: number; y: number },
  stroke: string,
): void {
  context.strokeStyle = stroke;
  context.beginPath();
  context.moveTo(start.x, start.y);
  context.lineTo(end.x, end.y);
  context.stroke();
}

function placeAt(frame: Uint16Array | null, nDims: number, projection: Projection, point: number) {
  if (!frame) return null;
  const place = createPlace();
  return projectPoint({ from: frame, to: frame, mix: 0, nDims }, projection, point, place) ? place : null;
}
