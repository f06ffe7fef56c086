import { createPlace, type Projection, projectPoint } from "./projection";
import type { Moment } from "./tween";

/** What is painted over what. Points without a layer are not painted. */
export const NO_LAYER = 0;
export const FAINT_LAYER = 1;
export const PLAIN_LAYER = 2;
export const SELECTED_LAYER = 3;

/**
 * The order in which points are painted: layer by layer, and otherwise a fixed shuffle, since probe sets are
 * often sorted by label and the last label would cover the others.
 */
export function drawingOrder(layers: Uint8Array, shuffled: Uint32Array): Uint32Array {
  const order = new Uint32Array(layers.length);
  let n = 0;
  for (const wanted of [FAINT_LAYER, PLAIN_LAYER, SELECTED_LAYER]) {
    for (const point of shuffled) {
      if (layers[point] === wanted) order[n++] = point;
    }
  }
  return order.subarray(0, n);
}

/** Fisher-Yates with a fixed linear congruential generator: the same picture every time. */
export function shuffledIndices(n: number): Uint32Array {
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

const N_DEPTHS = 1024;

/** From far to near, in linear time: finer than a thousandth of the depth nobody sees. */
export function depthOrder(order: Uint32Array, moment: Moment, projection: Projection): Uint32Array {
  const levels = new Uint16Array(order.length);
  const starts = new Uint32Array(N_DEPTHS + 1);
  const place = createPlace();
  for (let i = 0; i < order.length; i++) {
    const isShown = projectPoint(moment, projection, order[i] ?? 0, place);
    const depth = isShown ? Math.min(1, Math.max(-1, place.depth)) : -1;
    const level = Math.floor(((depth + 1) / 2) * (N_DEPTHS - 1));
    levels[i] = level;
    starts[level + 1] = (starts[level + 1] ?? 0) + 1;
  }
  for (let level = 0; level < N_DEPTHS; level++) {
    starts[level + 1] = (starts[level + 1] ?? 0) + (starts[level] ?? 0);
  }
  const sorted = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const level = levels[i] ?? 0;
    const slot = starts[level] ?? 0;
    sorted[slot] = order[i] ?? 0;
    starts[level] = slot + 1;
  }
  return sorted;
}
