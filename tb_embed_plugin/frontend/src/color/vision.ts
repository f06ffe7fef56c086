import type { Rgb } from "./palette";

/** Protanopia, deuteranopia, tritanopia: Machado et al. 2009, severity 1, on linear light, row by row. */
const DEFICIENCIES: readonly (readonly number[])[] = [
  [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
];

/** A color as normal eyes see it, then as each kind of color-blind ones does. */
export function seenBy(color: Rgb): Rgb[] {
  const light = color.map(toLinear);
  const seen = DEFICIENCIES.map((matrix): Rgb => {
    const channel = (row: number) =>
      fromLinear([0, 1, 2].reduce((sum, k) => sum + (matrix[3 * row + k] ?? 0) * (light[k] ?? 0), 0));
    return [channel(0), channel(1), channel(2)];
  });
  return [color, ...seen];
}

function toLinear(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  const c = Math.min(1, Math.max(0, value));
  return 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
}
