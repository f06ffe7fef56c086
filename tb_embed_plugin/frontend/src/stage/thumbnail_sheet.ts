import type { Sprites } from "../api/types";

/** The thumbnails of all points: pages as far as they have come, and where on them a point's thumbnail lies. */
export interface ThumbnailSheet {
  sprites: Sprites;
  /** Null while a page is on its way. Compared by identity. */
  pages: readonly (HTMLImageElement | null)[];
}

/** The first point on each page, and one past the last. */
export function pageStarts({ pages }: Sprites): number[] {
  const starts = [0];
  for (const { n_thumbnails } of pages) starts.push((starts.at(-1) ?? 0) + n_thumbnails);
  return starts;
}

/** Points of one page, in painting order. */
export function orderOnPage(order: Uint32Array, start: number, end: number): Uint32Array {
  return order.filter((point) => point >= start && point < end);
}

/** Width in CSS pixels of the frame in the point's color. */
export const FRAME_WIDTH = 1.5;
