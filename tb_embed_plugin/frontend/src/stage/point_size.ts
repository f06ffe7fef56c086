const MIN_SIZE = 2;
const MAX_SIZE = 9;

/** [points, diameter in CSS pixels]: read off pictures that were neither sparse nor clogged. */
const ANCHORS: readonly (readonly [number, number])[] = [
  [1_000, 9],
  [1_800, 7],
  [10_000, 3],
  [100_000, 2],
];

/** Diameter of a point in CSS pixels, by how many points share the stage. */
export function pointSize(nPoints: number): number {
  for (let i = 1; i < ANCHORS.length; i++) {
    const [n0, size0] = ANCHORS[i - 1] ?? [1, MAX_SIZE];
    const [n1, size1] = ANCHORS[i] ?? [1, MIN_SIZE];
    if (nPoints <= n0) return size0;
    if (nPoints <= n1) return size0 * (size1 / size0) ** (Math.log(nPoints / n0) / Math.log(n1 / n0));
  }
  return MIN_SIZE;
}
