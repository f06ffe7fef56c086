import { useEffect, useRef, useState } from "preact/hooks";
import { type SpriteCache, type ThumbnailPlace, thumbnailPlace } from "../api/sprites";
import { type Column, isReadable, type SeriesKey } from "../api/types";
import { categoryOf } from "../color/coloring";
import type { Store } from "../state/store";
import { formatDate, formatNumber } from "./format";

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
  const series = store.selectedSeries.value;
  if (point === null || !place || !series || !isReadable(series)) return null;
  const { width, height } = store.stageSize.value;
  const thumbnail = series.sprites ? thumbnailPlace(series.sprites, point) : null;
  // Away from the nearer edges, so that it never leaves the stage.
  const side = {
    ...(place.x < width / 2 ? { left: px(place.x + OFFSET) } : { right: px(width - place.x + OFFSET) }),
    ...(place.y < height / 2 ? { top: px(place.y + OFFSET) } : { bottom: px(height - place.y + OFFSET) }),
  };
  return (
    <div class="tooltip" role="tooltip" style={side}>
      {thumbnail && <Thumbnail sprites={sprites} series={series} place={thumbnail} point={point} />}
      <dl class="row">
        <div>
          <dt>point</dt>
          <dd>{point}</dd>
        </div>
        {(store.metadata.value?.columns ?? []).map((column) => (
          <div key={column.name}>
            <dt>{column.name}</dt>
            <dd>{describeValue(column, point)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function describeValue(column: Column, point: number): string {
  if (column.kind === "categorical") return categoryOf(column, point) ?? "–";
  const value = column.values[point];
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return value;
  return column.kind === "date" ? formatDate(value) : formatNumber(value);
}

interface ThumbnailProps {
  sprites: SpriteCache;
  series: SeriesKey;
  place: ThumbnailPlace;
  point: number;
}

function Thumbnail({ sprites, series, place, point }: ThumbnailProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hasFailed, setHasFailed] = useState(false);
  const { run, tag } = series;
  const { page, x, y, width, height } = place;
  useEffect(() => {
    let isStale = false;
    setHasFailed(false);
    const context = canvas.current?.getContext("2d");
    context?.clearRect(0, 0, width, height);
    sprites.load({ run, tag }, page).then(
      (image) => {
        if (!isStale) context?.drawImage(image, x, y, width, height, 0, 0, width, height);
      },
      () => {
        if (!isStale) setHasFailed(true);
      },
    );
    return () => {
      isStale = true;
    };
  }, [sprites, run, tag, page, x, y, width, height]);
  const scale = thumbnailScale(Math.max(width, height));
  return (
    <>
      <canvas
        ref={canvas}
        class="thumbnail"
        role="img"
        aria-label={`Thumbnail of point ${point}`}
        width={width}
        height={height}
        style={{
          width: px(width * scale),
          height: px(height * scale),
          imageRendering: scale > 1 ? "pixelated" : "auto",
        }}
      />
      {hasFailed && <p class="facts">The thumbnails could not be loaded.</p>}
    </>
  );
}

function px(length: number): string {
  return `${length}px`;
}

function thumbnailScale(size: number): number {
  if (size > MAX_THUMBNAIL_SIZE) return MAX_THUMBNAIL_SIZE / size;
  return Math.max(1, Math.floor(THUMBNAIL_SIZE / size));
}
