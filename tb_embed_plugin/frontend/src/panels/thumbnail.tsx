import { useEffect, useRef, useState } from "preact/hooks";
import { type SpriteCache, thumbnailPlace } from "../api/sprites";
import { isReadable } from "../api/types";
import type { Store } from "../state/store";

interface ThumbnailProps {
  store: Store;
  sprites: SpriteCache;
  point: number;
  /** Small thumbnails are shown in whole multiples of their size, up to about this many CSS pixels. */
  size: number;
  /** Nothing is wider or higher than this. */
  maxSize?: number;
  isDecoration?: boolean;
}

/** A point's image; nothing where the probe set has none. */
export function Thumbnail(props: ThumbnailProps) {
  const series = props.store.selectedSeries.value;
  if (!series || !isReadable(series) || !series.sprites) return null;
  const place = thumbnailPlace(series.sprites, props.point);
  return place && <DrawnThumbnail {...props} run={series.run} tag={series.tag} place={place} />;
}

interface DrawnThumbnailProps extends ThumbnailProps {
  run: string;
  tag: string;
  place: NonNullable<ReturnType<typeof thumbnailPlace>>;
}

function DrawnThumbnail(props: DrawnThumbnailProps) {
  const { sprites, point, size, maxSize = size, isDecoration = false, run, tag } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hasFailed, setHasFailed] = useState(false);
  const { page, x, y, width, height } = props.place;
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
  const scale = thumbnailScale(Math.max(width, height), size, maxSize);
  return (
    <>
      <canvas
        ref={canvas}
        class="thumbnail"
        {...(isDecoration
          ? { "aria-hidden": true }
          : { role: "img", "aria-label": `Thumbnail of point ${point}` })}
        width={width}
        height={height}
        style={{
          width: `${width * scale}px`,
          height: `${height * scale}px`,
          imageRendering: scale > 1 ? "pixelated" : "auto",
        }}
      />
      {hasFailed && !isDecoration && <p class="facts">The thumbnails could not be loaded.</p>}
    </>
  );
}

function thumbnailScale(longest: number, size: number, maxSize: number): number {
  if (longest > maxSize) return maxSize / longest;
  return Math.max(1, Math.floor(size / longest));
}
