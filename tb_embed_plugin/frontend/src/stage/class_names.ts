import type { Rgb } from "../color/palette";
import { toCss } from "../color/palette";
import type { OverlayLayer } from "./overlay";
import { createPlace, type Projection, project } from "./projection";
import { hasPosition, type Moment } from "./tween";

/** Names of classes, and which points are of which. Compared by identity. */
export interface ClassNames {
  /** Per point: index of its class; −1 for points that are in none, or not to be counted. */
  groups: Int16Array;
  texts: readonly string[];
  colors: readonly Rgb[];
}

/** A class' middle per axis, or null where none of its points has a position. */
export type Centers = readonly (readonly number[] | null)[];

/** Remembers the centers of frames that were shown lately. */
export class CenterCache {
  #names: ClassNames | null = null;
  #centers = new WeakMap<Uint16Array, Centers>();

  at(moment: Moment, names: ClassNames): Centers {
    if (names !== this.#names) {
      this.#names = names;
      this.#centers = new WeakMap();
    }
    const from = this.#of(moment.from, moment.nDims, names);
    if (moment.mix === 0) return from;
    const to = this.#of(moment.to, moment.nDims, names);
    return from.map((start, i) => {
      const end = to[i] ?? start;
      return start && end ? start.map((value, a) => value + moment.mix * ((end[a] ?? value) - value)) : end;
    });
  }

  #of(frame: Uint16Array, nDims: number, names: ClassNames): Centers {
    let centers = this.#centers.get(frame);
    if (!centers) {
      centers = findCenters(frame, nDims, names);
      this.#centers.set(frame, centers);
    }
    return centers;
  }
}

/** The median of each class' positions, axis by axis: strays do not pull it, as they would the mean. */
export function findCenters(frame: Uint16Array, nDims: number, { groups, texts }: ClassNames): Centers {
  const members = texts.map((): number[] => []);
  for (let point = 0; point < groups.length; point++) {
    if (hasPosition(frame, point * nDims, nDims)) members[groups[point] ?? -1]?.push(point);
  }
  return members.map((points) => {
    if (points.length === 0) return null;
    return Array.from({ length: nDims }, (_, axis) => {
      const values = Uint16Array.from(points, (point) => frame[point * nDims + axis] ?? 0).sort();
      const middle = values.length >> 1;
      const upper = values[middle] ?? 0;
      return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? 0) + upper) / 2;
    });
  });
}

export interface Box {
  /** Of its middle. */
  x: number;
  y: number;
  width: number;
  height: number;
}

const N_ROUNDS = 12;

/** Pushes boxes apart where they overlap, along the shorter way, in some even rounds; equal input, equal output. */
export function pushApart(boxes: readonly Box[]): Box[] {
  const moved = boxes.map((box) => ({ ...box }));
  for (let round = 0; round < N_ROUNDS; round++) {
    for (const [i, a] of moved.entries()) {
      for (const b of moved.slice(i + 1)) {
        const overlapX = (a.width + b.width) / 2 - Math.abs(a.x - b.x);
        const overlapY = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
        if (overlapX <= 0 || overlapY <= 0) continue;
        if (overlapX < overlapY) {
          const push = (a.x <= b.x ? 1 : -1) * (overlapX / 2);
          a.x -= push;
          b.x += push;
        } else {
          const push = (a.y <= b.y ? 1 : -1) * (overlapY / 2);
          a.y -= push;
          b.y += push;
        }
      }
    }
  }
  return moved;
}

const HEIGHT = 20;
const PADDING = 7;
const MAX_WIDTH = 180;
const FONT = "600 13px Roboto, system-ui, sans-serif";

/** Draws the names at their centers, each on a plate with its class' color as an edge. */
export function classNamesLayer(
  names: ClassNames,
  centers: Centers,
  projection: Projection,
  { background, foreground }: { background: Rgb; foreground: Rgb },
): OverlayLayer {
  return (context) => {
    context.font = FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const place = createPlace();
    const shown: (Box & { index: number })[] = [];
    for (const [index, center] of centers.entries()) {
      if (!center) continue;
      project(projection, { x: center[0] ?? 0, y: center[1] ?? 0, z: center[2] ?? 0 }, place);
      const width = Math.min(MAX_WIDTH, context.measureText(names.texts[index] ?? "").width + 2 * PADDING);
      shown.push({ index, x: place.x, y: place.y, width, height: HEIGHT });
    }
    for (const [i, box] of pushApart(shown).entries()) {
      const index = shown[i]?.index ?? 0;
      context.beginPath();
      context.roundRect(box.x - box.width / 2, box.y - HEIGHT / 2 + 1, box.width, HEIGHT - 2, 5);
      context.fillStyle = toCss(background, 0.86);
      context.fill();
      context.strokeStyle = toCss(names.colors[index] ?? foreground);
      context.lineWidth = 2;
      context.stroke();
      context.fillStyle = toCss(foreground);
      context.fillText(names.texts[index] ?? "", box.x, box.y + 0.5, MAX_WIDTH - 2 * PADDING);
    }
  };
}
