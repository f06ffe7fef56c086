import { effect } from "@preact/signals";
import { isReadable, type Series } from "../api/types";
import type { Loader } from "./loader";
import type { Store } from "./store";

const POLL_MS = 3000;

/** Whether somebody is laying this series out at this moment. */
export function isLayingOut(series: Series | null): boolean {
  return series !== null && isReadable(series) && (series.status?.laying_out.length ?? 0) > 0;
}

/** Asks again every few seconds while a layout is being made: TensorBoard's own reload is off at first, and slow. */
export function followProgress(store: Store, loader: Loader, isVisible: () => boolean): void {
  let timer = 0;
  effect(() => {
    clearTimeout(timer);
    // Every reply is a new list, so this runs again after each.
    const isBusy = (store.series.value ?? []).some(isLayingOut);
    const ask = () => {
      if (isVisible()) void loader.refresh();
      else timer = window.setTimeout(ask, POLL_MS);
    };
    if (isBusy) timer = window.setTimeout(ask, POLL_MS);
  });
}
