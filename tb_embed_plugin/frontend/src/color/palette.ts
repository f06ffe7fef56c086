import { growPalette } from "./palette_growth";

/**
 * Categorical colors. Each list was grown greedily in OKLab from a few hues of Okabe & Ito 2008, every next
 * color as far as possible from those before it, seen with normal vision and with protanopia, deuteranopia
 * and tritanopia (Machado et al. 2009). The lightness range is that which shows on the theme's background.
 */

export type Theme = "light" | "dark";

/** Red, green, blue in 0…255. */
export type Rgb = readonly [number, number, number];

// biome-ignore format: a palette reads as rows
const LIGHT = [
  "#0072b2", "#e08a00", "#009e73", "#cc4400", "#c66fa4", "#56a8dc", "#651b4c", "#231da3", "#a9c28a", "#89526b",
  "#9767f2", "#9a210c", "#4f42c9", "#3dcfcb", "#64418b", "#fe5970", "#d6b603", "#617844", "#305830", "#51187f",
];

// biome-ignore format: a palette reads as rows
const DARK = [
  "#4aa3e6", "#f5b041", "#5fd3a8", "#e5602a", "#dc8fc0", "#8944ca", "#267d81", "#fcccf9", "#acf688", "#b93c4e",
  "#739464", "#a970b6", "#beb9f2", "#4076f5", "#ada76c", "#e88b0e", "#44f5c0", "#a834a8", "#d23c8d", "#8a68d3",
];

const PALETTES: Record<Theme, readonly Rgb[]> = {
  light: LIGHT.map(parseHex),
  dark: DARK.map(parseHex),
};

/** More than this no eye keeps apart: from there on they repeat, and the legend says so. */
export const N_DISTINCT_COLORS = 64;

/** In OKLab: what shows on each theme's background. */
const LIGHTNESS: Record<Theme, readonly [number, number]> = { light: [0.25, 0.76], dark: [0.5, 0.95] };

/** Grown when the first category needs it. */
const grown = new Map<Theme, readonly Rgb[]>();

export function categoryColor(index: number, theme: Theme): Rgb {
  const chosen = PALETTES[theme];
  if (index < chosen.length) return chosen[index] ?? noValueColor(theme);
  const palette = grown.get(theme) ?? growPalette(chosen, N_DISTINCT_COLORS, LIGHTNESS[theme]);
  grown.set(theme, palette);
  return palette[index % N_DISTINCT_COLORS] ?? noValueColor(theme);
}

/** For points without a value in the chosen column. */
export function noValueColor(theme: Theme): Rgb {
  return theme === "dark" ? [112, 117, 122] : [154, 160, 166];
}

/** For all points where no column is chosen. */
export function plainColor(theme: Theme): Rgb {
  return categoryColor(0, theme);
}

export function toCss([r, g, b]: Rgb, alpha = 1): string {
  return alpha === 1 ? `rgb(${r} ${g} ${b})` : `rgb(${r} ${g} ${b} / ${alpha})`;
}

function parseHex(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
