type Anchors = readonly (readonly [nPoints: number, size: number])[];

/** Sizes in CSS pixels: read off pictures that were neither sparse nor clogged. */
const DISCS: Anchors = [
  [1_000, 9],
  [1_800, 7],
  [10_000, 3],
  [100_000, 2],
];

const THUMBNAILS: Anchors = [
  [100, 44],
  [300, 30],
  [1_800, 20],
  [10_000, 12],
  [100_000, 6],
];

/** Diameter of a disc, by how many points share the stage. */
export function pointSize(nPoints: number): number {
  return along(DISCS, nPoints);
}

/** The longer side of a thumbnail, by how many points share the stage. */
export function thumbnailSize(nPoints: number): number {
  return along(THUMBNAILS, nPoints);
}

function along(anchors: Anchors, nPoints: number): number {
  for (let i = 1; i < anchors.length; i++) {
    const [n0, size0] = anchors[i - 1] ?? [1, 1];
    const [n1, size1] = anchors[i] ?? [1, 1];
    if (nPoints <= n0) return size0;
    if (nPoints <= n1) return size0 * (size1 / size0) ** (Math.log(nPoints / n0) / Math.log(n1 / n0));
  }
  return anchors.at(-1)?.[1] ?? 1;
}
