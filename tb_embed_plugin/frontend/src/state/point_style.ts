import { type Coloring, FAINT } from "../color/coloring";
import type { Theme } from "../color/palette";
import { drawingOrder, FAINT_LAYER, NO_LAYER, PLAIN_LAYER, SELECTED_LAYER } from "../stage/drawing_order";
import { HALO, type PointStyle, SELECTED_RING } from "../stage/renderer";
import { STAGE_COLORS } from "../stage/stage_colors";

interface StyleParts {
  coloring: Coloring;
  hidden: Uint8Array | null;
  hidesFiltered: boolean;
  /** 0…1. */
  opacity: number;
  selected: Uint32Array;
  /** Per point: 1 where a halo warns; null for none. */
  halos: Uint8Array | null;
  /** Per point: 1 where it is gray, whatever its color; null for none. */
  unsupported: Uint8Array | null;
  /** Every point once, in the order that points of one layer are painted. */
  shuffled: Uint32Array;
  theme: Theme;
}

/** Everything about the looks of points, of what the user chose. */
export function makePointStyle(parts: StyleParts): PointStyle {
  const { coloring, hidden, hidesFiltered, selected, halos, unsupported } = parts;
  const themed = STAGE_COLORS[parts.theme];
  const nPoints = coloring.isEmphasized.length;
  const colors = coloring.colors.slice();
  const layers = new Uint8Array(nPoints);
  const adornments = new Uint8Array(nPoints);
  for (let i = 0; i < nPoints; i++) {
    const isFiltered = hidden !== null && hidden[i] === 1;
    if (unsupported?.[i]) colors.set(themed.unsupported, 4 * i);
    if (halos?.[i] && !isFiltered && coloring.isEmphasized[i]) adornments[i] = HALO;
    if (isFiltered) colors[4 * i + 3] = FAINT;
    colors[4 * i + 3] = (colors[4 * i + 3] ?? 0) * parts.opacity;
    if (isFiltered) layers[i] = hidesFiltered ? NO_LAYER : FAINT_LAYER;
    else layers[i] = coloring.isEmphasized[i] ? PLAIN_LAYER : FAINT_LAYER;
  }
  for (const point of selected) {
    if (!layers[point]) continue;
    layers[point] = SELECTED_LAYER;
    adornments[point] = (adornments[point] ?? 0) | SELECTED_RING;
  }
  return { colors, adornments, order: drawingOrder(layers, parts.shuffled), ...themed };
}

/** What is hidden or in the background is not picked. */
export function findPickable(isEmphasized: Uint8Array, hidden: Uint8Array | null): Uint8Array {
  return hidden ? isEmphasized.map((is, i) => (hidden[i] ? 0 : is)) : isEmphasized;
}
