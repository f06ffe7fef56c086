import { hasPosition } from "./tween";

/**
 * What a whole cloud did between two frames: to = scale · rotation · (from − fromCenter) + toCenter, in quantized
 * coordinates, by least squares over the points that both frames have.
 */
export interface Similarity {
  scale: number;
  /** Row by row, n_dims × n_dims. */
  rotation: readonly number[];
  fromCenter: readonly number[];
  toCenter: readonly number[];
  /** Root of the mean squared distance from the center, before. */
  radius: number;
}

/** Fits the similarity (Procrustes; Horn 1987 for three dimensions); null where fewer than two points are in both. */
export function fitSimilarity(from: Uint16Array, to: Uint16Array, nDims: number): Similarity | null {
  const { n, fromCenter, toCenter } = centersOf(from, to, nDims);
  if (n < 2) return null;
  // products[a][b] = Σ from[a] · to[b], both centered.
  const products = Array.from({ length: nDims * nDims }, () => 0);
  let spread = 0;
  for (let i = 0; i < from.length; i += nDims) {
    if (!hasPosition(from, i, nDims) || !hasPosition(to, i, nDims)) continue;
    for (let a = 0; a < nDims; a++) {
      const p = (from[i + a] ?? 0) - (fromCenter[a] ?? 0);
      spread += p * p;
      for (let b = 0; b < nDims; b++) {
        const k = a * nDims + b;
        products[k] = (products[k] ?? 0) + p * ((to[i + b] ?? 0) - (toCenter[b] ?? 0));
      }
    }
  }
  if (spread === 0) return null;
  const rotation = nDims === 2 ? rotationInPlane(products) : rotationInSpace(products);
  // Σ to · (rotation · from) = Σ_ab rotation[b][a] · products[a][b]
  let agreement = 0;
  for (let a = 0; a < nDims; a++) {
    for (let b = 0; b < nDims; b++) {
      agreement += (rotation[b * nDims + a] ?? 0) * (products[a * nDims + b] ?? 0);
    }
  }
  return {
    scale: Math.max(0, agreement / spread),
    rotation,
    fromCenter,
    toCenter,
    radius: Math.sqrt(spread / n),
  };
}

/** Writes where the whole cloud's motion alone would have taken the point at index `i` of `from`. */
export function applySimilarity(similarity: Similarity, from: Uint16Array, i: number, out: number[]): void {
  const { scale, rotation, fromCenter, toCenter } = similarity;
  const nDims = toCenter.length;
  for (let b = 0; b < nDims; b++) {
    let sum = 0;
    for (let a = 0; a < nDims; a++) {
      sum += (rotation[b * nDims + a] ?? 0) * ((from[i + a] ?? 0) - (fromCenter[a] ?? 0));
    }
    out[b] = scale * sum + (toCenter[b] ?? 0);
  }
}

/** How far the cloud turned, in degrees, 0…180. */
export function turnOf({ rotation }: Similarity): number {
  const nDims = Math.sqrt(rotation.length);
  let trace = 0;
  for (let a = 0; a < nDims; a++) trace += rotation[a * nDims + a] ?? 0;
  const cosine = nDims === 2 ? trace / 2 : (trace - 1) / 2;
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/** How far the cloud's center moved, in radii of the cloud. */
export function shiftOf({ fromCenter, toCenter, radius }: Similarity): number {
  return Math.hypot(...toCenter.map((value, a) => value - (fromCenter[a] ?? 0))) / radius;
}

function centersOf(from: Uint16Array, to: Uint16Array, nDims: number) {
  const fromCenter = Array.from({ length: nDims }, () => 0);
  const toCenter = Array.from({ length: nDims }, () => 0);
  let n = 0;
  for (let i = 0; i < from.length; i += nDims) {
    if (!hasPosition(from, i, nDims) || !hasPosition(to, i, nDims)) continue;
    n++;
    for (let a = 0; a < nDims; a++) {
      fromCenter[a] = (fromCenter[a] ?? 0) + (from[i + a] ?? 0);
      toCenter[a] = (toCenter[a] ?? 0) + (to[i + a] ?? 0);
    }
  }
  const mean = (sum: number) => sum / Math.max(1, n);
  return { n, fromCenter: fromCenter.map(mean), toCenter: toCenter.map(mean) };
}

function rotationInPlane(products: readonly number[]): number[] {
  const [xx = 0, xy = 0, yx = 0, yy = 0] = products;
  const angle = Math.atan2(xy - yx, xx + yy);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c, -s, s, c];
}

/** The quaternion of the best rotation is the first eigenvector of a 4 × 4 matrix (Horn 1987). */
function rotationInSpace(products: readonly number[]): number[] {
  const [xx = 0, xy = 0, xz = 0, yx = 0, yy = 0, yz = 0, zx = 0, zy = 0, zz = 0] = products;
  // biome-ignore format: a matrix reads as rows
  const matrix = [
    xx + yy + zz, yz - zy,      zx - xz,      xy - yx,
    yz - zy,      xx - yy - zz, xy + yx,      zx + xz,
    zx - xz,      xy + yx,      yy - xx - zz, yz + zy,
    xy - yx,      zx + xz,      yz + zy,      zz - xx - yy,
  ];
  const [w = 1, x = 0, y = 0, z = 0] = firstEigenvector(matrix);
  // biome-ignore format: a matrix reads as rows
  return [
    w * w + x * x - y * y - z * z, 2 * (x * y - w * z),           2 * (x * z + w * y),
    2 * (x * y + w * z),           w * w - x * x + y * y - z * z, 2 * (y * z - w * x),
    2 * (x * z - w * y),           2 * (y * z + w * x),           w * w - x * x - y * y + z * z,
  ];
}

/** Of a symmetric 4 × 4 matrix, the unit eigenvector of its greatest eigenvalue: its shifted powers, by squaring. */
function firstEigenvector(matrix: readonly number[]): number[] {
  const bound = Math.hypot(...matrix) || 1;
  // All eigenvalues become positive, and the greatest stays the greatest.
  let power = matrix.map((value, k) => value / bound + (k % 5 === 0 ? 1 : 0));
  for (let i = 0; i < N_SQUARINGS; i++) {
    power = multiply(power, power);
    const norm = Math.hypot(...power) || 1;
    power = power.map((value) => value / norm);
  }
  // Now it is the eigenvector times its own transpose: every column is the eigenvector, some times next to nothing.
  const diagonal = [0, 5, 10, 15].map((k) => power[k] ?? 0);
  const column = diagonal.indexOf(Math.max(...diagonal));
  const vector = [0, 1, 2, 3].map((row) => power[4 * row + column] ?? 0);
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

const N_SQUARINGS = 40;

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, k) => {
    const [row, column] = [Math.floor(k / 4), k % 4];
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += (a[4 * row + i] ?? 0) * (b[4 * i + column] ?? 0);
    return sum;
  });
}
