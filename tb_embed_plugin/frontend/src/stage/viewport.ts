import type { Grid } from "../api/types";
import {
  fitOrbit,
  type OrbitCamera,
  orbitScale,
  projectOrbit,
  sceneRadius,
  shiftOrbit,
  turnBy,
} from "./orbit";
import type { Projection } from "./projection";
import { PADDING, type Size } from "./size";

const MIN_ZOOM = 0.2;
const MAX_ZOOM = 2000;
/** Zooming to few or coinciding points goes no closer than this. */
const MAX_FOCUS_ZOOM = 12;
/** Of the room that is there, how much points zoomed to take. */
const FOCUS_FILL = 0.8;

/** Looks straight at a flat layout. `zoom` is relative to the fit. */
export interface FlatCamera {
  x: number;
  y: number;
  zoom: number;
}

/** `null` stands for the fit: the whole extent, centered. */
export type Camera = FlatCamera | OrbitCamera | null;

/** Maps layout coordinates to CSS pixels: x' = scale·x + shiftX, y' = −scale·y + shiftY. */
export interface Viewport {
  scale: number;
  shiftX: number;
  shiftY: number;
}

/** CSS pixels per unit of the layout at the fit, the same for all axes. */
export function fitScale(grid: Grid, size: Size): number {
  if (grid.extent.length === 3) return orbitScale(grid, size);
  const [width = 0, height = 0] = grid.extent;
  const scale = Math.min(
    width > 0 ? Math.max(1, size.width - 2 * PADDING) / width : Number.POSITIVE_INFINITY,
    height > 0 ? Math.max(1, size.height - 2 * PADDING) / height : Number.POSITIVE_INFINITY,
  );
  return Number.isFinite(scale) ? scale : 1;
}

export function viewportOf(grid: Grid, size: Size, camera: Camera): Viewport {
  const { x, y, zoom } = flatOf(grid, camera);
  const scale = fitScale(grid, size) * zoom;
  return { scale, shiftX: size.width / 2 - scale * x, shiftY: size.height / 2 + scale * y };
}

export function toPixels(viewport: Viewport, x: number, y: number): [number, number] {
  return [viewport.scale * x + viewport.shiftX, viewport.shiftY - viewport.scale * y];
}

export function fromPixels(viewport: Viewport, px: number, py: number): [number, number] {
  return [(px - viewport.shiftX) / viewport.scale, (viewport.shiftY - py) / viewport.scale];
}

/** How quantized positions come onto the stage. */
export function projectionOf(grid: Grid, size: Size, camera: Camera): Projection {
  if (grid.extent.length === 3) return projectOrbit(grid, size, orbitOf(grid, camera));
  const viewport = viewportOf(grid, size, camera);
  const [x, y] = toPixels(viewport, grid.offset[0] ?? 0, grid.offset[1] ?? 0);
  const step = grid.scale * viewport.scale;
  return { matrix: [step, 0, 0, 0, -step, 0, 0, 0, 0], shift: [x, y, 0], center: [0, 0], perspective: 0 };
}

/** Zooms so that what lies under the pixel stays there; in three dimensions, what lies there at the target's depth. */
export function zoomAt(
  grid: Grid,
  size: Size,
  camera: Camera,
  factor: number,
  px: number,
  py: number,
): Camera {
  const before = completed(grid, camera);
  const zoom = clampZoom(before.zoom * factor);
  const kept = 1 - zoom / before.zoom;
  return panBy(grid, size, { ...before, zoom }, kept * (px - size.width / 2), kept * (py - size.height / 2));
}

/** Shifts what is seen by these CSS pixels. */
export function panBy(grid: Grid, size: Size, camera: Camera, dx: number, dy: number): Camera {
  const before = completed(grid, camera);
  if (isOrbit(before)) return shiftOrbit(grid, size, before, dx, dy);
  const scale = fitScale(grid, size) * before.zoom;
  return { ...before, x: before.x - dx / scale, y: before.y + dy / scale };
}

/** What dragging does: a flat layout shifts, a deep one turns. */
export function dragBy(grid: Grid, size: Size, camera: Camera, dx: number, dy: number): Camera {
  const before = completed(grid, camera);
  return isOrbit(before) ? turnBy(before, dx, dy) : panBy(grid, size, before, dx, dy);
}

/** Brings a box of quantized positions (least and greatest per axis) to fill the stage, seen from where one stands. */
export function focusOn(
  grid: Grid,
  size: Size,
  camera: Camera,
  least: readonly number[],
  most: readonly number[],
): Camera {
  const before = completed(grid, camera);
  const [x = 0, y = 0, z = 0] = grid.offset.map(
    (start, axis) => start + (grid.scale * ((least[axis] ?? 0) + (most[axis] ?? 0))) / 2,
  );
  const spans = grid.offset.map((_, axis) => grid.scale * ((most[axis] ?? 0) - (least[axis] ?? 0)));
  const wanted = isOrbit(before)
    ? sceneRadius(grid) / (Math.hypot(...spans) / 2)
    : flatZoom(grid, size, spans);
  const zoom = clampZoom(Math.min(MAX_FOCUS_ZOOM, FOCUS_FILL * wanted));
  return isOrbit(before) ? { ...before, x, y, z, zoom } : { x, y, zoom };
}

/**
 * Keeps what is seen where the extent changed under a camera that the user had moved. The fit stays the fit:
 * it shows everything, also what is new.
 */
export function carryCamera(camera: Camera, before: Grid, after: Grid, size: Size): Camera {
  if (!camera) return null;
  return { ...camera, zoom: (camera.zoom * fitScale(before, size)) / fitScale(after, size) };
}

export function isOrbit(camera: FlatCamera | OrbitCamera): camera is OrbitCamera {
  return "yaw" in camera;
}

function flatZoom(grid: Grid, size: Size, [width = 0, height = 0]: readonly number[]): number {
  const scale = fitScale(grid, size);
  return Math.min(
    (size.width - 2 * PADDING) / (width * scale),
    (size.height - 2 * PADDING) / (height * scale),
  );
}

function completed(grid: Grid, camera: Camera): FlatCamera | OrbitCamera {
  return grid.extent.length === 3 ? orbitOf(grid, camera) : flatOf(grid, camera);
}

/** A camera of the other kind can come with a link to another layout. */
function orbitOf(grid: Grid, camera: Camera): OrbitCamera {
  return camera && isOrbit(camera) ? camera : fitOrbit(grid);
}

function flatOf({ offset, extent }: Grid, camera: Camera): FlatCamera {
  if (camera && !isOrbit(camera)) return camera;
  return {
    x: (offset[0] ?? 0) + (extent[0] ?? 0) / 2,
    y: (offset[1] ?? 0) + (extent[1] ?? 0) / 2,
    zoom: 1,
  };
}

function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));
}
