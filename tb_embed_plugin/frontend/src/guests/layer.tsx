import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, seriesQuery } from "../api/client";
import { toPixels, viewportOf } from "../stage/viewport";
import type { Store } from "../state/store";
import { decodeGuests, type Guests, guestsAt } from "./guests";

/** Half a diamond's diagonal, in CSS pixels. */
const REACH = 6;

/** Guests of the layout as diamonds over the picture. */
export function GuestLayer({ store }: { store: Store }) {
  const guests = useSignal<Guests | null>(null);
  const selection = store.selection.value;
  const layout = store.selectedLayout.value;
  const version = layout?.n_dims === 2 ? (layout.guests ?? null) : null;
  const url =
    version !== null && selection
      ? `guests?${seriesQuery(selection)}&${new URLSearchParams({ layout: layout?.name ?? "" })}`
      : null;
  useEffect(() => {
    guests.value = null;
    if (url === null) return;
    const task = new AbortController();
    get(url, task.signal)
      .then(async (response) => {
        const decoded = decodeGuests(await response.arrayBuffer());
        if (!task.signal.aborted) guests.value = decoded;
      })
      // The picture is good without them; the next reload asks again.
      .catch(() => undefined);
    return () => task.abort();
  }, [url, version, guests]);

  const set = store.frames.value;
  if (!guests.value || !set) return null;
  const { width, height } = store.stageSize.value;
  const viewport = viewportOf(set.grid, store.stageSize.value, store.camera.value);
  const places = guestsAt(guests.value, set.steps, store.tween.value);
  const path = places
    .map(([x, y]) => toPixels(viewport, x, y))
    .filter(([x, y]) => x > -REACH && y > -REACH && x < width + REACH && y < height + REACH)
    .map(
      ([x, y]) =>
        `M${x.toFixed(1)},${(y - REACH).toFixed(1)}l${REACH},${REACH}l-${REACH},${REACH}l-${REACH},-${REACH}z`,
    )
    .join("");
  return (
    <svg class="guests" data-guests={places.length} role="img" aria-label={`${places.length} guests`}>
      <path d={path} />
    </svg>
  );
}
