import type { Theme } from "../color/palette";
import { downloadBlob, toFileName } from "../host/download";
import { classBands, orderUnits, paint, type UnitOrder } from "./heat_map";
import type { Fingerprints } from "./replies";

/** Pixels of the picture's longer side, about; cells are whole pixels. */
const LONG_SIDE = 1600;
const MARGIN = 24;
const INK: Record<Theme, { paper: string; text: string }> = {
  light: { paper: "#fff", text: "#202124" },
  dark: { paper: "#1e1f21", text: "#f1f3f4" },
};

/** Saves the heat map as a PNG, with its classes below. */
export function savePicture(
  map: Fingerprints,
  order: UnitOrder,
  categories: readonly string[],
  theme: Theme,
  tag: string,
): void {
  const rows = orderUnits(map, order);
  const cellWidth = Math.max(1, Math.floor(LONG_SIDE / Math.max(1, map.nPoints)));
  const cellHeight = Math.max(1, Math.floor(LONG_SIDE / 2 / Math.max(1, rows.length)));
  const cells = document.createElement("canvas");
  [cells.width, cells.height] = [map.nPoints, rows.length];
  cells
    .getContext("2d")
    ?.putImageData(new ImageData(paint(map, rows, theme), map.nPoints, rows.length), 0, 0);
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [map.nPoints * cellWidth, rows.length * cellHeight + 2 * MARGIN];
  const context = picture.getContext("2d");
  if (!context) return;
  context.fillStyle = INK[theme].paper;
  context.fillRect(0, 0, picture.width, picture.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells, 0, MARGIN, picture.width, rows.length * cellHeight);
  context.fillStyle = INK[theme].text;
  context.font = "13px sans-serif";
  context.fillText(`${tag}, step ${map.step}: ${map.nUnits} units by ${order}`, 4, 16);
  context.textAlign = "center";
  for (const { category, start, end } of classBands(map.classes)) {
    const middle = ((start + end) / 2) * cellWidth;
    context.fillText(categories[category] ?? "–", middle, picture.height - 8, (end - start) * cellWidth);
  }
  picture.toBlob((blob) => {
    if (blob) downloadBlob(blob, `${toFileName("fingerprints", tag, String(map.step))}.png`);
  });
}
