import { effect } from "@preact/signals";
import { readAddress, type Values, watchAddress, writeAddress } from "../host/address";
import { stepAt } from "../playback/axis";
import type { Loader } from "./loader";
import { readShared, stepOf, writeShared } from "./shared";
import type { Store } from "./store";

/** Browsers refuse more than about a hundred changes of the address in half a minute. */
const WRITE_DELAY_MS = 400;

/** Opens the tab where the address says, and keeps the address at what the tab shows. */
export function keepPlace(store: Store, loader: Loader): void {
  open(store, loader, readAddress());
  watchAddress((values) => open(store, loader, values));
  effect(() => dropMissingPoints(store));
  let timer = 0;
  effect(() => {
    const values = currentValues(store);
    // While it plays, or while there is nothing to see yet, the place is no place to come back to.
    if (store.isPlaying.value || store.phase.value !== "ready") return;
    clearTimeout(timer);
    timer = window.setTimeout(() => writeAddress(values), WRITE_DELAY_MS);
  });
}

/** Everything that a link keeps. */
export function currentValues(store: Store): Values {
  const steps = store.frames.value?.steps;
  const values = readShared(store);
  if (steps && steps.length > 0) {
    values.step = String(Number(stepAt(steps, store.position.value).toPrecision(12)));
  }
  return values;
}

function open(store: Store, loader: Loader, values: Values): void {
  const { run, tag, layout = null } = values;
  if (run !== undefined && tag !== undefined) {
    // Before the list of series is here, the wish waits for it.
    if (store.series.value) loader.select({ run, tag, layout });
    else store.selection.value = { run, tag, layout };
  }
  const step = stepOf(values);
  if (step !== null) loader.openAt(step);
  // Last: another series resets the camera.
  writeShared(store, values);
}

/** A link, or the series before, may speak of points that this one does not have. */
function dropMissingPoints(store: Store): void {
  const nPoints = store.frames.value?.nPoints;
  if (nPoints === undefined) return;
  const { selected, cut } = store;
  const isKnown = (point: number) => point < nPoints;
  if (!selected.value.every(isKnown)) selected.value = selected.value.filter(isKnown);
  if (cut.value && !cut.value.points.every(isKnown)) {
    cut.value = { ...cut.value, points: cut.value.points.filter(isKnown) };
  }
}
