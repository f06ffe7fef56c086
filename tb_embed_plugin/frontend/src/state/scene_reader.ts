import type { Scene } from "../stage/scene";
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
  const nSelected = store.selected.value.length;
  return {
    grid: set.grid,
    from: first.positions,
    to: second.positions,
    mix: first === second ? 0 : mix,
    camera: store.camera.value,
    style: store.pointStyle.value,
    isPickable: store.isPickable.value,
    hovered: store.hovered.value,
    scale,
    thumbnails: null,
    tool: store.tool.value,
    nFramesLoaded: set.nLoaded,
    nSelected,
    label: describe(set.nPoints, nSelected, set.steps[nearest]),
  };
}

function describe(nPoints: number, nSelected: number, step: number | undefined): string {
  const selected = nSelected > 0 ? `, ${nSelected.toLocaleString("en-US")} selected,` : "";
  return `${nPoints.toLocaleString("en-US")} points${selected} at step ${step}`;
}
