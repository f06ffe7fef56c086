import { type Rgb, toCss } from "../color/palette";
import type { OverlayLayer } from "./overlay";
import type { MotionSplit } from "./own_motion";
import { createPlace, type Projection, project } from "./projection";
import { applySimilarity } from "./similarity";

/** Where the points are within a transition: 0 at its start, 1 at its end. */
export interface MotionTails {
  split: MotionSplit;
  progress: number;
  isPickable: Uint8Array;
  unsupported: Uint8Array | null;
}

/** Only the longest are drawn: a picture full of lines shows none. */
const MAX_TAILS = 3000;
/** Shorter ones, in CSS pixels, would not show below their points. */
const MIN_LENGTH = 2;

/** Draws, for each point, a line from where the whole cloud's motion alone would have taken it to where it is. */
export function motionTailsLayer(
  { split, progress, isPickable, unsupported }: MotionTails,
  projection: Projection,
  { foreground, unsupported: gray }: { foreground: Rgb; unsupported: Rgb },
): OverlayLayer {
  return (context) => {
    const nDims = split.whole.toCenter.length;
    const groups: [number[], number[]] = [[], []];
    const expected = [0, 0, 0];
    const [tail, head] = [createPlace(), createPlace()];
    let n = 0;
    for (const point of split.order) {
      if (n >= MAX_TAILS) break;
      if (!isPickable[point]) continue;
      const i = point * nDims;
      applySimilarity(split.whole, split.from, i, expected);
      const at = (axis: number, end: number) => {
        const start = split.from[i + axis] ?? 0;
        return start + progress * (end - start);
      };
      const end = (axis: number) => (axis < nDims ? at(axis, split.to[i + axis] ?? 0) : 0);
      const common = (axis: number) => (axis < nDims ? at(axis, expected[axis] ?? 0) : 0);
      project(projection, { x: common(0), y: common(1), z: common(2) }, tail);
      project(projection, { x: end(0), y: end(1), z: end(2) }, head);
      if (Math.hypot(head.x - tail.x, head.y - tail.y) < MIN_LENGTH) continue;
      groups[unsupported?.[point] ? 1 : 0].push(tail.x, tail.y, head.x, head.y);
      n++;
    }
    context.lineWidth = 1.25;
    strokeLines(context, groups[1], toCss(gray, 0.8));
    strokeLines(context, groups[0], toCss(foreground, 0.6));
  };
}

function strokeLines(context: CanvasRenderingContext2D, lines: readonly number[], stroke: string): void {
  if (lines.length === 0) return;
  context.strokeStyle = stroke;
  context.beginPath();
  for (let i = 0; i < lines.length; i += 4) {
    context.moveTo(lines[i] ?? 0, lines[i + 1] ?? 0);
    context.lineTo(lines[i + 2] ?? 0, lines[i + 3] ?? 0);
  }
  context.stroke();
}
