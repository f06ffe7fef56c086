import { tweenPoint } from "../stage/tween";
import { focusOn } from "../stage/viewport";
import type { Store } from "./store";

export function resetView(store: Store): void {
  store.camera.value = null;
}

/** Brings the selected points to fill the stage; nothing without a selection. */
export function zoomToSelection(store: Store): void {
  const set = store.frames.value;
  const { from, to, mix } = store.tween.value;
  const first = set?.frames[from] ?? set?.frames[to];
  const second = set?.frames[to] ?? first;
  if (!set || !first || !second) return;
  const nDims = set.grid.extent.length;
  const moment = { from: first.positions, to: second.positions, mix: first === second ? 0 : mix, nDims };
  const place = { x: 0, y: 0, z: 0 };
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const most = least.map((value) => -value);
  for (const point of store.selected.value) {
    if (!tweenPoint(moment, point, place)) continue;
    for (const [axis, value] of [place.x, place.y, place.z].entries()) {
      least[axis] = Math.min(least[axis] ?? value, value);
      most[axis] = Math.max(most[axis] ?? value, value);
    }
  }
  if (!Number.isFinite(least[0])) return;
  store.camera.value = focusOn(set.grid, store.stageSize.value, store.camera.value, least, most);
}
