import type { Evidence } from "./evidence";

const MISSING = 65535;

/** Cells on each axis. Neighbors in the picture are those in a point's cell and the eight around it. */
const CELLS = 24;

/**
 * How far each point moved since the step before, less the mean movement of those around it before, as a share of the
 * picture's width. A row per step; null where a frame of the pair is not there.
 */
export function relativeMovement({ positions, nDims, nPoints }: Evidence): (Float32Array | null)[] {
  return positions.map((after, t) => {
    const before = positions[t - 1];
    return before && after ? moveApart(before, after, nDims, nPoints) : null;
  });
}

function moveApart(before: Uint16Array, after: Uint16Array, nDims: number, nPoints: number): Float32Array {
  const cells = new Int16Array(nPoints).fill(-1);
  const [sums, counts] = [new Float64Array(nDims * CELLS * CELLS), new Int32Array(CELLS * CELLS)];
  for (let i = 0; i < nPoints; i++) {
    if (before[nDims * i] === MISSING || after[nDims * i] === MISSING) continue;
    const cell = cellOf(before[nDims * i] ?? 0) + CELLS * cellOf(before[nDims * i + 1] ?? 0);
    cells[i] = cell;
    counts[cell] = (counts[cell] ?? 0) + 1;
    for (let axis = 0; axis < nDims; axis++) {
      const moved = (after[nDims * i + axis] ?? 0) - (before[nDims * i + axis] ?? 0);
      sums[nDims * cell + axis] = (sums[nDims * cell + axis] ?? 0) + moved;
    }
  }
  const [aroundSums, aroundCounts] = sumAround(sums, counts, nDims);
  const movement = new Float32Array(nPoints);
  for (let i = 0; i < nPoints; i++) {
    const cell = cells[i] ?? -1;
    const nOthers = (aroundCounts[cell] ?? 0) - 1;
    if (cell < 0 || nOthers < 1) continue;
    let squared = 0;
    for (let axis = 0; axis < nDims; axis++) {
      const own = (after[nDims * i + axis] ?? 0) - (before[nDims * i + axis] ?? 0);
      squared += (own - ((aroundSums[nDims * cell + axis] ?? 0) - own) / nOthers) ** 2;
    }
    movement[i] = Math.sqrt(squared) / (MISSING - 1);
  }
  return movement;
}

function cellOf(coordinate: number): number {
  return Math.floor((coordinate / MISSING) * CELLS);
}

function sumAround(sums: Float64Array, counts: Int32Array, nDims: number): [Float64Array, Int32Array] {
  const [aroundSums, aroundCounts] = [new Float64Array(sums.length), new Int32Array(counts.length)];
  for (let y = 0; y < CELLS; y++) {
    for (let x = 0; x < CELLS; x++) {
      const cell = x + CELLS * y;
      for (let v = Math.max(0, y - 1); v <= Math.min(CELLS - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(CELLS - 1, x + 1); u++) {
          const other = u + CELLS * v;
          aroundCounts[cell] = (aroundCounts[cell] ?? 0) + (counts[other] ?? 0);
          for (let axis = 0; axis < nDims; axis++) {
            aroundSums[nDims * cell + axis] =
              (aroundSums[nDims * cell + axis] ?? 0) + (sums[nDims * other + axis] ?? 0);
          }
        }
      }
    }
  }
  return [aroundSums, aroundCounts];
}
