import type { SeriesKey, Sprites } from "./types";

/** Where one thumbnail lies. */
export interface ThumbnailPlace {
  page: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Point i is thumbnail i, counted through the pages; null where the pages do not reach. */
export function thumbnailPlace(sprites: Sprites, point: number): ThumbnailPlace | null {
  const [width, height] = sprites.thumbnail_size;
  let index = point;
  for (const [page, { n_columns, n_thumbnails }] of sprites.pages.entries()) {
    if (index < n_thumbnails) {
      const [column, row] = [index % n_columns, Math.floor(index / n_columns)];
      return { page, x: column * width, y: row * height, width, height };
    }
    index -= n_thumbnails;
  }
  return null;
}

/** Loads each sprite page once, when the first thumbnail on it is wanted. */
export class SpriteCache {
  readonly #url: (key: SeriesKey, page: number) => string;
  readonly #pages = new Map<string, Promise<HTMLImageElement>>();

  constructor(url: (key: SeriesKey, page: number) => string) {
    this.#url = url;
  }

  load(key: SeriesKey, page: number): Promise<HTMLImageElement> {
    const url = this.#url(key, page);
    const known = this.#pages.get(url);
    if (known) return known;
    const image = new Image();
    image.src = url;
    const loading = image.decode().then(() => image);
    this.#pages.set(url, loading);
    // Forgotten, so that the next hover tries again; whoever waits hears of it.
    loading.catch(() => this.#pages.delete(url));
    return loading;
  }
}
