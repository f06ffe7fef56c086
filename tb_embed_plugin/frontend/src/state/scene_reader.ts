import type { MotionTails } from "../stage/motion_tails";
import type { Scene } from "../stage/scene";
import { MAX_TRAILS, type Trails } from "../stage/trails";
import type { FrameSet } from "./frame_set";
import type { Store } from "./store";

/** What the store's stage shows now; null before the first frame. Reads signals: meant for an effect. */
export function readScene(store: Store): Scene | null {
  const set = store.frames.value;
  if (!set) return null;
  const { from, to, mix, nearest } = store.tween.value;
  // While one frame of a pair is still on its way, the other is shown for what it is.
  const first = set.frames[from] ?? set.frames[to];
  const second = set.frames[to] ?? set.frames[from];
  if (!first || !second) return null;
  const { scale } = store.look.value;
  const shownMix = first === second ? 0 : mix;
  const nSelected = store.selected.value.length;
  return {
    grid: set.grid,
    from: first.positions,
    to: second.positions,
    mix: shownMix,
    camera: store.camera.value,
    style: store.pointStyle.value,
    isPickable: store.isPickable.value,
    hovered: store.hovered.value,
    scale,
    thumbnails: store.thumbnails.value,
    names: store.classNames.value,
    labels: store.labels.value,
    trails: readTrails(store, set),
    tails: readTails(store, shownMix),
    tool: store.tool.value,
    nFramesLoaded: set.nLoaded,
    nSelected,
    label: describe(set.nPoints, nSelected, set.steps[nearest]),
  };
}

function readTrails(store: Store, { frames }: FrameSet): Trails | null {
  const points = store.selected.value;
  if (!store.showsTrails.value || points.length === 0) return null;
  return {
    points: points.subarray(0, MAX_TRAILS),
    frames: frames.map((frame) => frame?.positions ?? null),
    position: store.position.value,
  };
}

function readTails(store: Store, mix: number): MotionTails | null {
  const split = store.motionSplit.value;
  if (!split) return null;
  return {
    split,
    // At a captured step the motion into it is over.
    progress: store.tween.value.isCaptured ? 1 : mix,
    isPickable: store.isPickable.value,
    unsupported: store.unsupported.value,
  };
}

function describe(nPoints: number, nSelected: number, step: number | undefined): string {
  const selected = nSelected > 0 ? `, ${nSelected.toLocaleString("en-US")} selected,` : "";
  return `${nPoints.toLocaleString("en-US")} points${selected} at step ${step}`;
}
