import type { Rgb } from "../color/palette";
import { toCss } from "../color/palette";
import type { OverlayLayer } from "./overlay";
import type { DrawnPoints } from "./picking";
import { createPlace, projectPoint } from "./projection";
import type { Size } from "./size";

/** The text of each point, in the order in which they get room. */
export interface PointLabels {
  textOf(point: number): string | null;
  /** Point indices, the most important first: the same at every moment, so that labels do not flicker. */
  priority: Uint32Array;
}

const FONT = "12px Roboto, system-ui, sans-serif";
const HEIGHT = 14;
const GAP = 3;
const MAX_LENGTH = 28;
/** More could not be read. */
const MAX_LABELS = 400;

/** Draws texts beside their points as far as there is room: no text covers another. */
export function pointLabelsLayer(
  labels: PointLabels,
  { moment, projection, isPickable }: DrawnPoints,
  size: Size,
  radius: number,
  { background, foreground }: { background: Rgb; foreground: Rgb },
): OverlayLayer {
  return (context) => {
    context.font = FONT;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = toCss(background, 0.85);
    context.fillStyle = toCss(foreground);
    const room = new Room(size);
    const place = createPlace();
    let n = 0;
    for (const point of labels.priority) {
      if (n >= MAX_LABELS) break;
      if (!isPickable[point] || !projectPoint(moment, projection, point, place)) continue;
      const text = shorten(labels.textOf(point));
      if (!text) continue;
      const left = place.x + radius + GAP;
      if (!room.take(left, place.y, () => context.measureText(text).width)) continue;
      context.strokeText(text, left, place.y);
      context.fillText(text, left, place.y);
      n++;
    }
  };
}

function shorten(text: string | null): string {
  if (text === null) return "";
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

const CELL = 8;

/** Which parts of the stage are taken, in cells. */
export class Room {
  readonly #nColumns: number;
  readonly #nRows: number;
  readonly #taken: Uint8Array;

  constructor({ width, height }: Size) {
    this.#nColumns = Math.max(1, Math.ceil(width / CELL));
    this.#nRows = Math.max(1, Math.ceil(height / CELL));
    this.#taken = new Uint8Array(this.#nColumns * this.#nRows);
  }

  /** Takes a line of text from `left`, around `middle`, where all of it is free; measures only where its start is. */
  take(left: number, middle: number, measure: () => number): boolean {
    const column = Math.floor(left / CELL);
    const first = Math.floor((middle - HEIGHT / 2) / CELL);
    const last = Math.floor((middle + HEIGHT / 2) / CELL);
    if (column < 0 || column >= this.#nColumns || first < 0 || last >= this.#nRows) return false;
    if (!this.#isFree(first, last, column, column)) return false;
    const end = Math.min(this.#nColumns - 1, Math.floor((left + measure()) / CELL));
    if (!this.#isFree(first, last, column, end)) return false;
    for (let row = first; row <= last; row++) {
      this.#taken.fill(1, row * this.#nColumns + column, row * this.#nColumns + end + 1);
    }
    return true;
  }

  #isFree(first: number, last: number, start: number, end: number): boolean {
    for (let row = first; row <= last; row++) {
      for (let column = start; column <= end; column++) {
        if (this.#taken[row * this.#nColumns + column]) return false;
      }
    }
    return true;
  }
}
