import { batch } from "@preact/signals";
import type { Client } from "../api/client";
import { isReadable, type LayoutInfo, type LayoutKey, type ReadableSeries } from "../api/types";
import { positionOf } from "../playback/axis";
import { carryCamera } from "../stage/viewport";
import {
  addFrames,
  carryFrames,
  createFrameSet,
  type FrameSet,
  framesPerRequest,
  isSameGrid,
  mapPosition,
  nextChunk,
} from "./frame_set";
import { resolveSelection, type Selection } from "./selection";
import type { Store } from "./store";

/** A layout that is rewritten while it is being read is read again, but not for ever. */
const MAX_RESTARTS = 3;

interface Place {
  steps: readonly number[];
  position: number;
}

/** Fetches what the store shows. Every task aborts the one before it, so that stale replies are dropped. */
export class Loader {
  readonly #store: Store;
  readonly #client: Client;
  #seriesTask = new AbortController();
  #layoutTask = new AbortController();
  #metadataTask = new AbortController();
  /** What has been loaded or is being loaded; another value means that there is something to fetch. */
  #layoutSignature = "";
  #metadataSignature = "";
  /** Where the user was when the frames had to be dropped. */
  #place: Place | null = null;
  #nRestarts = 0;

  constructor(store: Store, client: Client) {
    this.#store = store;
    this.#client = client;
  }

  /** Fetches the list of series, and whatever has changed of the series that is shown. */
  async refresh(): Promise<void> {
    this.#seriesTask.abort();
    const task = new AbortController();
    this.#seriesTask = task;
    try {
      const reply = await this.#client.getSeries(task.signal);
      if (task.signal.aborted) return;
      batch(() => {
        this.#store.failure.value = null;
        this.#store.logDir.value = reply.log_dir;
        this.#store.series.value = reply.series;
        this.#apply(this.#store.selection.value ?? {});
      });
    } catch (error) {
      this.#fail(task, error, () => void this.refresh());
    }
  }

  select(wish: Partial<Selection>): void {
    batch(() => {
      this.#store.failure.value = null;
      this.#apply({ ...this.#store.selection.value, ...wish });
    });
  }

  /** Where to stand among the next steps that are shown. */
  openAt(step: number): void {
    // Half-way between a step and itself: a position that is no captured one is not drawn to the nearest.
    this.#place = { steps: [step, step], position: 0.5 };
    if (this.#store.frames.value)
      this.#store.playhead.value = positionOf(this.#store.frames.value.steps, step);
  }

  #apply(wish: Partial<Selection>): void {
    const store = this.#store;
    const before = store.selection.value;
    const selection = resolveSelection(store.series.value ?? [], wish);
    const isOther = selection?.run !== before?.run || selection?.tag !== before?.tag;
    if (isOther || selection?.layout !== before?.layout) this.#dropFrames();
    if (isOther) this.#dropMetadata();
    store.selection.value = selection;
    const series = store.selectedSeries.value;
    if (!series || !isReadable(series)) return;
    this.#loadMetadata(series);
    const layout = store.selectedLayout.value;
    if (layout) this.#loadLayout(series, layout);
    else this.#dropFrames();
  }

  #dropFrames(): void {
    const { frames, position, camera, hovered, quality } = this.#store;
    this.#layoutTask.abort();
    this.#layoutSignature = "";
    if (frames.value) this.#place = { steps: frames.value.steps, position: position.value };
    frames.value = null;
    quality.value = null;
    camera.value = null;
    hovered.value = null;
  }

  #dropMetadata(): void {
    this.#metadataTask.abort();
    this.#metadataSignature = "";
    this.#store.metadata.value = null;
    this.#store.isMetadataSettled.value = false;
  }

  #loadMetadata(series: ReadableSeries): void {
    const { run, tag, n_points, columns } = series;
    const signature = JSON.stringify([run, tag, n_points, columns]);
    if (signature === this.#metadataSignature) return;
    this.#metadataTask.abort();
    const task = new AbortController();
    this.#metadataTask = task;
    this.#metadataSignature = signature;
    this.#client.getMetadata({ run, tag }, task.signal).then(
      (metadata) => {
        if (task.signal.aborted) return;
        batch(() => {
          this.#store.metadata.value = metadata;
          this.#store.isMetadataSettled.value = true;
        });
      },
      (error: unknown) => {
        if (task.signal.aborted) return;
        this.#metadataSignature = "";
        this.#store.isMetadataSettled.value = true;
        this.#fail(task, error, () => void this.refresh());
      },
    );
  }

  #loadLayout(series: ReadableSeries, layout: LayoutInfo): void {
    const { run, tag } = series;
    const signature = JSON.stringify([run, tag, series.n_points, layout.name, layout.version, layout.steps]);
    if (signature === this.#layoutSignature || layout.steps.length === 0) return;
    this.#layoutTask.abort();
    const task = new AbortController();
    this.#layoutTask = task;
    this.#layoutSignature = signature;
    const key = { run, tag, layout: layout.name };
    const give = (error: unknown) => {
      if (task.signal.aborted) return;
      this.#layoutSignature = "";
      this.#fail(task, error, () => void this.refresh());
    };
    this.#loadFrames(key, series, layout, task.signal).catch(give);
    this.#loadQuality(key, task.signal).catch(give);
  }

  async #loadQuality(key: LayoutKey, signal: AbortSignal): Promise<void> {
    const quality = await this.#client.getQuality(key, signal);
    if (!signal.aborted) this.#store.quality.value = quality;
  }

  async #loadFrames(
    key: LayoutKey,
    series: ReadableSeries,
    layout: LayoutInfo,
    signal: AbortSignal,
  ): Promise<void> {
    const maxCount = framesPerRequest(layout.steps.length, series.n_points, layout.n_dims);
    const shown = this.#store.frames.value;
    let loaded: FrameSet | null =
      shown?.version === layout.version && shown.nPoints === series.n_points
        ? carryFrames(shown, layout.steps)
        : null;
    for (;;) {
      const isLoaded = layout.steps.map((_, i) => Boolean(loaded?.frames[i]));
      // The first picture waits for one frame's bytes, not for a whole request of them.
      const count = loaded || maxCount === layout.steps.length ? maxCount : 1;
      const wanted = nextChunk(isLoaded, this.#placeAmong(layout.steps), count);
      if (wanted.length === 0) break;
      const isAll = wanted.length === layout.steps.length;
      const steps = isAll ? null : wanted.map((i) => layout.steps[i] ?? 0);
      const reply = await this.#client.getFrames(key, steps, signal);
      if (signal.aborted) return;
      if (reply.version !== layout.version || (loaded && !isSameGrid(loaded.grid, reply.grid))) {
        this.#restart();
        return;
      }
      const nBefore: number = loaded?.nLoaded ?? 0;
      loaded = addFrames(loaded ?? createFrameSet(layout, series.n_points, reply.grid), reply);
      if (loaded.nLoaded === nBefore) throw new Error("TensorBoard sent other steps than those asked for.");
      this.#show(loaded, signal);
    }
    if (loaded) this.#show(loaded, signal);
    this.#nRestarts = 0;
  }

  /** Shows new frames as soon as they cover the user's place, and leaves the user there. */
  #show(next: FrameSet, signal: AbortSignal): void {
    const { frames, playhead, camera, stageSize, hovered } = this.#store;
    if (signal.aborted) return;
    const before = frames.value;
    const position = this.#placeAmong(next.steps);
    const isCovered = next.frames[Math.floor(position)] && next.frames[Math.ceil(position)];
    if (before && before.steps !== next.steps && !isCovered) return;
    batch(() => {
      if (before?.steps !== next.steps) playhead.value = position;
      if (before && before.grid !== next.grid) {
        camera.value = carryCamera(camera.value, before.grid, next.grid, stageSize.value);
      }
      if (before && before.nPoints !== next.nPoints) hovered.value = null;
      frames.value = next;
      this.#place = null;
    });
  }

  #placeAmong(steps: readonly number[]): number {
    const { frames, position } = this.#store;
    const place = frames.value ? { steps: frames.value.steps, position: position.value } : this.#place;
    if (!place) return 0;
    return place.steps === steps ? place.position : mapPosition(place.steps, place.position, steps);
  }

  #restart(): void {
    this.#layoutSignature = "";
    this.#nRestarts++;
    if (this.#nRestarts <= MAX_RESTARTS) void this.refresh();
    else {
      this.#nRestarts = 0;
      this.#report("The layout keeps changing while it is read.", () => void this.refresh());
    }
  }

  #fail(task: AbortController, error: unknown, retry: () => void): void {
    if (task.signal.aborted) return;
    this.#report(error instanceof Error ? error.message : String(error), retry);
  }

  #report(message: string, retry: () => void): void {
    this.#store.failure.value = { message, retry };
  }
}
