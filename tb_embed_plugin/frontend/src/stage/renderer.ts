import type { Rgb } from "../color/palette";
import type { Projection } from "./projection";
import type { ThumbnailSheet } from "./thumbnail_sheet";
import type { Moment } from "./tween";

export type RendererKind = "webgl" | "canvas2d";

/** What stands around a point, as bits of one byte. */
export const SELECTED_RING = 1;
export const HALO = 2;

/** How points look, apart from where they are. Handed over only when it changes. */
export interface PointStyle {
  /** Red, green, blue, alpha per point. */
  colors: Uint8Array;
  /** Bits of `SELECTED_RING` and `HALO` per point. */
  adornments: Uint8Array;
  /** Point indices in painting order; points that are not in it are not drawn. */
  order: Uint32Array;
  background: Rgb;
  foreground: Rgb;
  halo: Rgb;
  /** Of points and lines whose motion the activations do not support. */
  unsupported: Rgb;
}

/** Everything else that one drawing depends on: equal pictures give equal pixels. */
export interface Picture {
  moment: Moment;
  projection: Projection;
  /** Painting order of this picture: the style's, or one by depth. */
  order: Uint32Array;
  /** Diameter in CSS pixels. */
  pointSize: number;
  /** Drawn over the discs, which stand in for those that have not come; null for none. */
  thumbnails: { sheet: ThumbnailSheet /** Of the longer side, in CSS pixels. */; size: number } | null;
  hovered: number | null;
}

export interface Renderer {
  readonly kind: RendererKind;
  /** Size in CSS pixels; `pixelRatio` device pixels make one of them. */
  resize(width: number, height: number, pixelRatio: number): void;
  setStyle(style: PointStyle): void;
  draw(picture: Picture): void;
  clear(): void;
  destroy(): void;
}

/** Width in CSS pixels of the ring around the hovered point, and of the gap inside it. */
export const RING_WIDTH = 2;
export const RING_GAP = 1.5;
/** Of the ring around selected points, which are many. */
export const SELECTED_WIDTH = 1.5;
export const SELECTED_GAP = 0.5;
/** How far a halo reaches beyond its point, in CSS pixels, and how much of it covers what is below. */
export const HALO_REACH = 3.5;
export const HALO_STRENGTH = 0.55;

/** Points at least this wide (CSS pixels) get a rim, which keeps neighbors apart. */
export const MIN_RIM_SIZE = 5;
export const RIM_STRENGTH = 0.5;
