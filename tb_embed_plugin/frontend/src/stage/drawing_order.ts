/**
 * The order in which points are painted: those in the background first, and otherwise a fixed shuffle, since
 * probe sets are often sorted by label and the last label would cover the others.
 */
export function drawingOrder(isEmphasized: Uint8Array): Uint32Array {
  const shuffled = shuffledIndices(isEmphasized.length);
  const order = new Uint32Array(isEmphasized.length);
  let n = 0;
  for (const wanted of [0, 1]) {
    for (const point of shuffled) {
      if (isEmphasized[point] === wanted) order[n++] = point;
    }
  }
  return order;
}

/** Fisher-Yates with a fixed linear congruential generator: the same picture every time. */
function shuffledIndices(n: number): Uint32Array {
  const indices = Uint32Array.from({ length: n }, (_, i) => i);
  let state = 1;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    const swapped = indices[i] ?? 0;
    indices[i] = indices[j] ?? 0;
    indices[j] = swapped;
  }
  return indices;
}
