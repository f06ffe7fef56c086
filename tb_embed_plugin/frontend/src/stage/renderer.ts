import type { Rgb } from "../color/palette";
import type { PixelTransform } from "./viewport";

export type RendererKind = "webgl" | "canvas2d";

/** How points look, apart from where they are. Handed over only when it changes. */
export interface PointStyle {
  /** Red, green, blue, alpha per point. */
  colors: Uint8Array;
  /** Point indices in painting order. */
  order: Uint32Array;
  background: Rgb;
  foreground: Rgb;
}

/** Everything else that one drawing depends on: equal pictures give equal pixels. */
export interface Picture {
  from: Uint16Array;
  to: Uint16Array;
  mix: number;
  transform: PixelTransform;
  /** Diameter in CSS pixels. */
  pointSize: number;
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

/** Points at least this wide (CSS pixels) get a rim, which keeps neighbors apart. */
export const MIN_RIM_SIZE = 5;
export const RIM_STRENGTH = 0.5;
