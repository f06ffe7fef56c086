import { fromOklab, type Oklab, oklabDistance, toOklab } from "./oklab";
import type { Rgb } from "./palette";
import { seenBy } from "./vision";

type Views = readonly Oklab[];

const HUES = 24;
const CHROMAS = [0.06, 0.12, 0.18];
const LIGHTNESSES = 9;
/** A hue outside of sRGB comes back as another: such candidates are left out. */
const MAX_CLIPPING = 0.02;

/**
 * Grows a palette: every next color is the candidate farthest from all before it in OKLab, seen with normal vision
 * and with three color deficiencies. Equal input gives equal colors, and the first ones stay what they are.
 */
export function growPalette(
  start: readonly Rgb[],
  count: number,
  lightness: readonly [number, number],
): Rgb[] {
  const palette = start.slice(0, count);
  const candidates = candidateColors(lightness).map((color) => ({ color, views: viewsOf(color), room: 9 }));
  const takeRoom = (color: Rgb) => {
    const views = viewsOf(color);
    for (const candidate of candidates) {
      candidate.room = Math.min(candidate.room, nearness(views, candidate.views));
    }
  };
  palette.forEach(takeRoom);
  while (palette.length < count) {
    const best = candidates.reduce((a, b) => (b.room > a.room ? b : a));
    palette.push(best.color);
    takeRoom(best.color);
  }
  return palette;
}

function candidateColors([low, high]: readonly [number, number]): Rgb[] {
  const colors: Rgb[] = [];
  for (let l = 0; l < LIGHTNESSES; l++) {
    const lightness = low + ((high - low) * l) / (LIGHTNESSES - 1);
    for (const chroma of CHROMAS) {
      for (let h = 0; h < HUES; h++) {
        const hue = (2 * Math.PI * h) / HUES;
        const lab: Oklab = [lightness, chroma * Math.cos(hue), chroma * Math.sin(hue)];
        const color = fromOklab(lab);
        if (oklabDistance(toOklab(color), lab) < MAX_CLIPPING) colors.push(color);
      }
    }
  }
  return colors;
}

function viewsOf(color: Rgb): Views {
  return seenBy(color).map(toOklab);
}

/** The least distance over all ways of seeing. */
function nearness(a: Views, b: Views): number {
  return a.reduce((least, view, i) => Math.min(least, oklabDistance(view, b[i] ?? view)), 9);
}
