import { effect } from "@preact/signals";
import type { SpriteCache } from "../api/sprites";
import { isReadable } from "../api/types";
import type { Store } from "./store";

/** Loads the sprite pages while thumbnails stand for points; returns the function that ends it. */
export function followThumbnails(store: Store, cache: SpriteCache): () => void {
  return effect(() => {
    const series = store.selectedSeries.value;
    const sprites = series && isReadable(series) ? series.sprites : null;
    if (!series || !sprites || store.mark.value !== "thumbnails") {
      store.thumbnails.value = null;
      return;
    }
    let isStale = false;
    const pages: (HTMLImageElement | null)[] = sprites.pages.map(() => null);
    for (const i of sprites.pages.keys()) {
      cache.load({ run: series.run, tag: series.tag }, i).then(
        (image) => {
          if (isStale) return;
          pages[i] = image;
          store.thumbnails.value = { sprites, pages: [...pages] };
        },
        // The discs below stay; the next choice of thumbnails tries again.
        () => undefined,
      );
    }
    return () => {
      isStale = true;
    };
  });
}
