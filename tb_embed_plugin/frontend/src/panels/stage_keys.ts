import type { Stage } from "../stage/stage";
import { dragBy, zoomAt } from "../stage/viewport";
import { clearSelection, select, selectAll } from "../state/selecting";
import type { Store } from "../state/store";
import { resetView, zoomToSelection } from "../state/view";

const DIRECTIONS: Record<string, readonly [number, number]> = {
  w: [0, -1],
  a: [-1, 0],
  s: [0, 1],
  d: [1, 0],
};
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowUp: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowRight: [1, 0],
};
const PAN_PIXELS = 40;
const ZOOM_FACTOR = 1.25;

/**
 * Keys of a stage that has the focus: W A S D walk from point to point, Enter chooses (with shift adds, with alt
 * subtracts), shift and arrows move the view, + − 0 zoom, F zooms to the selection. Escape, wherever the focus
 * is, lets go of the selection.
 */
export function listenToStageKeys(host: HTMLElement, stage: Stage, store: Store): () => void {
  const aborter = new AbortController();
  const { signal } = aborter;
  host.addEventListener(
    "keydown",
    (event) => {
      if (!pressStageKey(event, stage, store)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  document.addEventListener(
    "keydown",
    (event) => {
      // A dialog's Escape closes it.
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      clearSelection(store);
    },
    { signal },
  );
  return () => aborter.abort();
}

/** Returns whether the key was the stage's. */
function pressStageKey(event: KeyboardEvent, stage: Stage, store: Store): boolean {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if ((event.ctrlKey || event.metaKey) && key === "a") {
    selectAll(store);
    return true;
  }
  if (event.ctrlKey || event.metaKey) return false;
  if (key === "Enter") return choose(event, store);
  if (event.altKey) return false;
  const arrow = event.shiftKey ? ARROWS[key] : undefined;
  if (arrow) return moveView(store, arrow);
  const direction = DIRECTIONS[key];
  if (direction) {
    store.hovered.value = stage.findTowards(store.hovered.value, ...direction) ?? store.hovered.value;
    return true;
  }
  if (key === "0") resetView(store);
  else if (key === "f") zoomToSelection(store);
  else if (key === "+" || key === "=") zoomBy(store, ZOOM_FACTOR);
  else if (key === "-") zoomBy(store, 1 / ZOOM_FACTOR);
  else return false;
  return true;
}

function choose(event: KeyboardEvent, store: Store): boolean {
  const point = store.hovered.value;
  if (point === null) return false;
  select(store, [point], event.altKey ? "subtract" : event.shiftKey ? "add" : "replace");
  return true;
}

function moveView(store: Store, [dx, dy]: readonly [number, number]): boolean {
  const grid = store.frames.value?.grid;
  if (!grid) return false;
  store.camera.value = dragBy(
    grid,
    store.stageSize.value,
    store.camera.value,
    -dx * PAN_PIXELS,
    -dy * PAN_PIXELS,
  );
  return true;
}

function zoomBy(store: Store, factor: number): void {
  const grid = store.frames.value?.grid;
  const size = store.stageSize.value;
  if (grid) {
    store.camera.value = zoomAt(grid, size, store.camera.value, factor, size.width / 2, size.height / 2);
  }
}
