import type { SpriteCache } from "../api/sprites";
import type { Store } from "../state/store";
import { PointFacts } from "./point_facts";
import { Thumbnail } from "./thumbnail";

const OFFSET = 14;
/** Small thumbnails are shown in whole multiples of their size, up to about this many CSS pixels. */
const THUMBNAIL_SIZE = 112;
const MAX_THUMBNAIL_SIZE = 200;

interface TooltipProps {
  store: Store;
  sprites: SpriteCache;
}

/** Stays with the hovered point while it moves. */
export function Tooltip({ store, sprites }: TooltipProps) {
  const point = store.hovered.value;
  const place = store.hoveredPlace.value;
  if (point === null || !place) return null;
  const { width, height } = store.stageSize.value;
  // Away from the nearer edges, so that it never leaves the stage.
  const side = {
    ...(place.x < width / 2 ? { left: px(place.x + OFFSET) } : { right: px(width - place.x + OFFSET) }),
    ...(place.y < height / 2 ? { top: px(place.y + OFFSET) } : { bottom: px(height - place.y + OFFSET) }),
  };
  return (
    <div class="tooltip" role="tooltip" style={side}>
      <Thumbnail
        store={store}
        sprites={sprites}
        point={point}
        size={THUMBNAIL_SIZE}
        maxSize={MAX_THUMBNAIL_SIZE}
      />
      <PointFacts store={store} point={point} />
    </div>
  );
}

function px(length: number): string {
  return `${length}px`;
}
