import type { DrawnPoints } from "./picking";
import { createPlace, projectPoint } from "./projection";

/** A closed outline on the stage, in CSS pixels: x and y by turns. */
export type Outline = readonly number[];

const BAND_HEIGHT = 8;

export function rectangle(x0: number, y0: number, x1: number, y1: number): Outline {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/** The pickable points inside the outline by the even-odd rule, ascending. */
export function pickInside(drawn: DrawnPoints, outline: Outline): Uint32Array {
  const { moment, projection, isPickable } = drawn;
  const bands = new Bands(outline);
  const place = createPlace();
  const found: number[] = [];
  for (let point = 0; point < isPickable.length; point++) {
    if (!isPickable[point] || !projectPoint(moment, projection, point, place)) continue;
    if (bands.contain(place.x, place.y)) found.push(point);
  }
  return Uint32Array.from(found);
}

/** The outline's edges by rows of pixels, so that a point is tested against the few that pass at its height. */
class Bands {
  readonly #top: number;
  readonly #edges: number[][] = [];

  constructor(outline: Outline) {
    const ys = outline.filter((_, i) => i % 2 === 1);
    this.#top = Math.min(...ys);
    for (let i = 0; i < outline.length; i += 2) {
      const next = (i + 2) % outline.length;
      const edge = [
        outline[i] ?? 0,
        outline[i + 1] ?? 0,
        outline[next] ?? 0,
        outline[next + 1] ?? 0,
      ] as const;
      const first = this.#bandOf(Math.min(edge[1], edge[3]));
      for (let band = first; band <= this.#bandOf(Math.max(edge[1], edge[3])); band++) {
        let edges = this.#edges[band];
        if (!edges) {
          edges = [];
          this.#edges[band] = edges;
        }
        edges.push(...edge);
      }
    }
  }

  contain(x: number, y: number): boolean {
    const edges = this.#edges[this.#bandOf(y)];
    if (!edges) return false;
    let isInside = false;
    for (let i = 0; i < edges.length; i += 4) {
      const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = [edges[i], edges[i + 1], edges[i + 2], edges[i + 3]];
      if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) isInside = !isInside;
    }
    return isInside;
  }

  #bandOf(y: number): number {
    return Math.floor((y - this.#top) / BAND_HEIGHT);
  }
}
