/**
 * The axis of time: from training steps to a place on the timeline and back. Positions count captured steps
 * (0…n_steps-1, fractional between them); fractions run from 0 at the axis' left end to 1 at its right.
 */

/** True spacing puts steps where they were in training; even spacing gives each the same room. */
export type Spacing = "true" | "even";

export interface TimeAxis {
  steps: readonly number[];
  spacing: Spacing;
}

/** The training step at a position, fractional between two captured ones. */
export function stepAt(steps: readonly number[], position: number): number {
  const i = Math.min(Math.max(0, Math.floor(position)), Math.max(0, steps.length - 1));
  const start = steps[i] ?? 0;
  const end = steps[i + 1] ?? start;
  return start + Math.min(1, Math.max(0, position - i)) * (end - start);
}

/** The position of a training step; steps outside of those captured lie at the nearer end. */
export function positionOf(steps: readonly number[], step: number): number {
  const next = firstAtLeast(steps, step);
  if (next === steps.length) return Math.max(0, steps.length - 1);
  const upper = steps[next] ?? step;
  const lower = steps[next - 1];
  if (lower === undefined || upper === step) return next;
  return next - 1 + (step - lower) / (upper - lower);
}

export function fractionOf({ steps, spacing }: TimeAxis, position: number): number {
  const last = steps.length - 1;
  if (last < 1) return 0;
  if (spacing === "even") return position / last;
  const [low, high] = [stepAt(steps, 0), stepAt(steps, last)];
  return (stepAt(steps, position) - low) / (high - low);
}

export function positionAtFraction({ steps, spacing }: TimeAxis, fraction: number): number {
  const last = steps.length - 1;
  if (last < 1) return 0;
  const inside = Math.min(1, Math.max(0, fraction));
  if (spacing === "even") return inside * last;
  const [low, high] = [stepAt(steps, 0), stepAt(steps, last)];
  return positionOf(steps, low + inside * (high - low));
}

/** Index of the captured step that is closest on the axis, which in true spacing is not the closest index. */
export function nearestOnAxis(axis: TimeAxis, fraction: number): number {
  const position = positionAtFraction(axis, fraction);
  const [before, after] = [Math.floor(position), Math.ceil(position)];
  const isBefore = fraction - fractionOf(axis, before) <= fractionOf(axis, after) - fraction;
  return isBefore ? before : after;
}

export interface AxisLabel {
  index: number;
  fraction: number;
}

/** The steps whose labels fit without touching: the ends first, then from left to right. */
export function chooseLabels(axis: TimeAxis, widthPixels: number, labelPixels: number): AxisLabel[] {
  const last = axis.steps.length - 1;
  if (last < 0) return [];
  const room = labelPixels / Math.max(1, widthPixels);
  const end = { index: last, fraction: fractionOf(axis, last) };
  const chosen: AxisLabel[] = [{ index: 0, fraction: 0 }];
  for (let index = 1; index < last; index++) {
    const fraction = fractionOf(axis, index);
    const left = chosen[chosen.length - 1]?.fraction ?? 0;
    if (fraction - left >= room && end.fraction - fraction >= room) chosen.push({ index, fraction });
  }
  return last > 0 ? [...chosen, end] : chosen;
}

/** Index of the first of the ascending `values` that is at least `value`; their count where none is. */
export function firstAtLeast(values: ArrayLike<number>, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
