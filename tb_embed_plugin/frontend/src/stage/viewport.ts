import type { Grid } from "../api/types";

/** CSS pixels kept free around the extent when everything is shown. */
export const PADDING = 24;

const MIN_ZOOM = 0.2;
const MAX_ZOOM = 2000;

export interface Size {
  width: number;
  height: number;
}

/** `null` stands for the fit: the whole extent, centered. `zoom` is relative to the fit. */
export type Camera = { x: number; y: number; zoom: number } | null;

/** Maps layout coordinates to CSS pixels: x' = scale·x + shiftX, y' = −scale·y + shiftY. */
export interface Viewport {
  scale: number;
  shiftX: number;
  shiftY: number;
}

/** Maps quantized positions to CSS pixels, each axis on its own. */
export interface PixelTransform {
  scaleX: number;
  scaleY: number;
  shiftX: number;
  shiftY: number;
}

/** CSS pixels per unit of the layout when the extent fits into the padded size, the same for both axes. */
export function fitScale(grid: Grid, size: Size): number {
  const [width, height] = grid.extent;
  const room = {
    width: Math.max(1, size.width - 2 * PADDING),
    height: Math.max(1, size.height - 2 * PADDING),
  };
  const scale = Math.min(
    width > 0 ? room.width / width : Number.POSITIVE_INFINITY,
    height > 0 ? room.height / height : Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(scale) ? scale : 1;
}

export function viewportOf(grid: Grid, size: Size, camera: Camera): Viewport {
  const { x, y, zoom } = camera ?? fitCamera(grid);
  const scale = fitScale(grid, size) * zoom;
  return { scale, shiftX: size.width / 2 - scale * x, shiftY: size.height / 2 + scale * y };
}

export function toPixels(viewport: Viewport, x: number, y: number): [number, number] {
  return [viewport.scale * x + viewport.shiftX, viewport.shiftY - viewport.scale * y];
}

export function fromPixels(viewport: Viewport, px: number, py: number): [number, number] {
  return [(px - viewport.shiftX) / viewport.scale, (viewport.shiftY - py) / viewport.scale];
}

export function pixelTransform(grid: Grid, viewport: Viewport): PixelTransform {
  const [shiftX, shiftY] = toPixels(viewport, grid.offset[0], grid.offset[1]);
  const step = grid.scale * viewport.scale;
  return { scaleX: step, scaleY: -step, shiftX, shiftY };
}

/** Zooms so that what lies under the pixel stays there. */
export function zoomAt(
  grid: Grid,
  size: Size,
  camera: Camera,
  factor: number,
  px: number,
  py: number,
): Camera {
  const before = camera ?? fitCamera(grid);
  const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, before.zoom * factor));
  const [x, y] = fromPixels(viewportOf(grid, size, before), px, py);
  const ratio = before.zoom / zoom;
  return { x: x + (before.x - x) * ratio, y: y + (before.y - y) * ratio, zoom };
}

export function panBy(grid: Grid, size: Size, camera: Camera, dx: number, dy: number): Camera {
  const before = camera ?? fitCamera(grid);
  const scale = fitScale(grid, size) * before.zoom;
  return { ...before, x: before.x - dx / scale, y: before.y + dy / scale };
}

/**
 * Keeps what is seen where the extent changed under a camera that the user had moved. The fit stays the fit:
 * it shows everything, also what is new.
 */
export function carryCamera(camera: Camera, before: Grid, after: Grid, size: Size): Camera {
  if (!camera) return null;
  return { ...camera, zoom: (camera.zoom * fitScale(before, size)) / fitScale(after, size) };
}

function fitCamera({ offset, extent }: Grid): { x: number; y: number; zoom: number } {
  return { x: offset[0] + extent[0] / 2, y: offset[1] + extent[1] / 2, zoom: 1 };
}
