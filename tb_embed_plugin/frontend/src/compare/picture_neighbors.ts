import type { Picture } from "./difference";

const MISSING = 65535;

/** Points to a cell, on average: fewer make more empty cells to look into, more make more distances to measure. */
const POINTS_PER_CELL = 4;

/**
 * The nearest neighbors of every point in a picture, by cells of its first two axes: a row of `count` indices per point,
 * nearest first, −1 where there are fewer. Of points equally far, the lower index comes first.
 */
export function nearestInPicture({ positions, nDims }: Picture, count: number): Int32Array {
  const nPoints = positions.length / nDims;
  const found = new Int32Array(nPoints * count).fill(-1);
  const cells = new Cells(positions, nDims);
  const best: Candidate[] = [];
  for (let point = 0; point < nPoints; point++) {
    if (positions[nDims * point] === MISSING) continue;
    best.length = 0;
    cells.search(point, count, best);
    for (let rank = 0; rank < best.length; rank++) found[point * count + rank] = best[rank]?.point ?? -1;
  }
  return found;
}

interface Candidate {
  point: number;
  squared: number;
}

class Cells {
  readonly #positions: Uint16Array;
  readonly #nDims: number;
  readonly #side: number;
  readonly #width: number;
  /** Points in the order of their cells; cell c holds those from `#starts[c]` to `#starts[c + 1]`. */
  readonly #points: Int32Array;
  readonly #starts: Int32Array;

  constructor(positions: Uint16Array, nDims: number) {
    const nPoints = positions.length / nDims;
    this.#positions = positions;
    this.#nDims = nDims;
    this.#side = Math.max(1, Math.floor(Math.sqrt(nPoints / POINTS_PER_CELL)));
    this.#width = (MISSING + 1) / this.#side;
    this.#starts = new Int32Array(this.#side ** 2 + 1);
    const cellOf = new Int32Array(nPoints);
    let nPlaced = 0;
    for (let point = 0; point < nPoints; point++) {
      const isPlaced = positions[nDims * point] !== MISSING;
      const cell = isPlaced ? this.#columnOf(point) + this.#side * this.#rowOf(point) : -1;
      cellOf[point] = cell;
      if (isPlaced) {
        this.#starts[cell + 1] = (this.#starts[cell + 1] ?? 0) + 1;
        nPlaced++;
      }
    }
    for (let c = 0; c < this.#side ** 2; c++) {
      this.#starts[c + 1] = (this.#starts[c + 1] ?? 0) + (this.#starts[c] ?? 0);
    }
    this.#points = new Int32Array(nPlaced);
    const next = this.#starts.slice();
    for (let point = 0; point < nPoints; point++) {
      const cell = cellOf[point] ?? -1;
      if (cell < 0) continue;
      this.#points[next[cell] ?? 0] = point;
      next[cell] = (next[cell] ?? 0) + 1;
    }
  }

  /** Looks in rings of cells around the point, until no nearer point can be in the next. */
  search(point: number, count: number, best: Candidate[]): void {
    const [column, row] = [this.#columnOf(point), this.#rowOf(point)];
    for (let ring = 0; ring <= this.#side; ring++) {
      const worst = best.length < count ? Number.POSITIVE_INFINITY : (best[count - 1]?.squared ?? 0);
      // All points of this ring are at least as far as its inner edge.
      if (Math.max(0, ring - 1) * this.#width > Math.sqrt(worst)) return;
      this.#searchRing(point, column, row, ring, count, best);
    }
  }

  #searchRing(
    point: number,
    column: number,
    row: number,
    ring: number,
    count: number,
    best: Candidate[],
  ): void {
    for (let y = Math.max(0, row - ring); y <= Math.min(this.#side - 1, row + ring); y++) {
      const isEdge = Math.abs(y - row) === ring;
      const stride = isEdge || ring === 0 ? 1 : 2 * ring;
      for (let x = column - ring; x <= column + ring; x += stride) {
        if (x >= 0 && x < this.#side) this.#searchCell(point, x + this.#side * y, count, best);
      }
    }
  }

  #searchCell(point: number, cell: number, count: number, best: Candidate[]): void {
    for (let i = this.#starts[cell] ?? 0; i < (this.#starts[cell + 1] ?? 0); i++) {
      const other = this.#points[i] ?? 0;
      if (other !== point)
        insert(best, count, { point: other, squared: this.#squaredDistance(point, other) });
    }
  }

  #squaredDistance(a: number, b: number): number {
    let squared = 0;
    for (let axis = 0; axis < this.#nDims; axis++) {
      const [ours, theirs] = [
        this.#positions[this.#nDims * a + axis],
        this.#positions[this.#nDims * b + axis],
      ];
      squared += ((ours ?? 0) - (theirs ?? 0)) ** 2;
    }
    return squared;
  }

  #columnOf(point: number): number {
    return Math.floor((this.#positions[this.#nDims * point] ?? 0) / this.#width);
  }

  #rowOf(point: number): number {
    return Math.floor((this.#positions[this.#nDims * point + 1] ?? 0) / this.#width);
  }
}

/** Keeps the nearest `count`, nearest first. */
function insert(best: Candidate[], count: number, candidate: Candidate): void {
  let place = best.length;
  while (place > 0 && isNearer(candidate, best[place - 1])) place--;
  if (place >= count) return;
  best.splice(place, 0, candidate);
  if (best.length > count) best.pop();
}

function isNearer(a: Candidate, b: Candidate | undefined): boolean {
  return b === undefined || a.squared < b.squared || (a.squared === b.squared && a.point < b.point);
}
