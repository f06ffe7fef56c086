import { fromOklab, type Oklab, oklabDistance } from "./oklab";
import type { Rgb, Theme } from "./palette";

/**
 * A color per number, in even steps of OKLab. More is further from the background: darker on light,
 * lighter on dark. The hue turns from yellow over green to blue, which color-blind eyes keep apart.
 */
export function rampColor(fraction: number, theme: Theme): Rgb {
  const index = Math.round(Math.min(1, Math.max(0, fraction)) * (N_COLORS - 1));
  return RAMPS[theme][index] ?? [0, 0, 0];
}

const N_COLORS = 256;
const N_FINE = 2048;

const STOPS: readonly Oklab[] = [
  fromPolar(0.87, 0.13, 100),
  fromPolar(0.74, 0.13, 145),
  fromPolar(0.6, 0.095, 200),
  fromPolar(0.46, 0.12, 255),
  fromPolar(0.32, 0.13, 285),
];

const DARK_STOPS: readonly Oklab[] = [
  fromPolar(0.43, 0.14, 290),
  fromPolar(0.53, 0.13, 260),
  fromPolar(0.66, 0.1, 205),
  fromPolar(0.79, 0.13, 150),
  fromPolar(0.92, 0.14, 105),
];

const RAMPS: Record<Theme, readonly Rgb[]> = {
  light: evenlySpaced(STOPS).map(fromOklab),
  dark: evenlySpaced(DARK_STOPS).map(fromOklab),
};

function fromPolar(lightness: number, chroma: number, hueDegrees: number): Oklab {
  const hue = (hueDegrees * Math.PI) / 180;
  return [lightness, chroma * Math.cos(hue), chroma * Math.sin(hue)];
}

/** Resamples the line through `stops` by its length, so that equal numbers apart look equally apart. */
function evenlySpaced(stops: readonly Oklab[]): Oklab[] {
  const fine = Array.from({ length: N_FINE }, (_, i) => alongStops(stops, i / (N_FINE - 1)));
  const lengths = [0];
  for (let i = 1; i < N_FINE; i++) {
    lengths.push((lengths[i - 1] ?? 0) + oklabDistance(at(fine, i - 1), at(fine, i)));
  }
  const total = lengths[N_FINE - 1] ?? 1;
  let cursor = 0;
  return Array.from({ length: N_COLORS }, (_, i) => {
    const target = (total * i) / (N_COLORS - 1);
    while (cursor < N_FINE - 1 && (lengths[cursor] ?? 0) < target) cursor++;
    return at(fine, cursor);
  });
}

function alongStops(stops: readonly Oklab[], fraction: number): Oklab {
  const place = fraction * (stops.length - 1);
  const i = Math.min(stops.length - 2, Math.floor(place));
  const t = place - i;
  const [p, q] = [at(stops, i), at(stops, i + 1)];
  return [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]), p[2] + t * (q[2] - p[2])];
}

function at(colors: readonly Oklab[], index: number): Oklab {
  return colors[index] ?? [0, 0, 0];
}
