import { goToFirst, goToLast, goToNext, goToPrevious, togglePlay } from "../state/actions";
import { isFiltering, pointsOf } from "../state/filter";
import { select } from "../state/selecting";
import type { Store } from "../state/store";
import { resetView } from "../state/view";
import { setPanelOpen } from "./panel";

interface Shortcut {
  /** As they are shown. */
  keys: readonly string[];
  does: string;
  /** `KeyboardEvent.key`; absent where something else listens. */
  key?: string;
  run?: (store: Store) => void;
}

/** All keys, in the order in which the help shows them. */
export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ["Space"], does: "play or pause", key: " ", run: togglePlay },
  { keys: ["←"], does: "step before", key: "ArrowLeft", run: goToPrevious },
  { keys: ["→"], does: "next step", key: "ArrowRight", run: goToNext },
  { keys: ["Home"], does: "first step", key: "Home", run: goToFirst },
  { keys: ["End"], does: "last step", key: "End", run: goToLast },
  { keys: ["L"], does: "loop", key: "l", run: (store) => toggle(store.isLooping) },
  {
    keys: ["E"],
    does: "even or true spacing of steps",
    key: "e",
    run: ({ spacing }) => {
      spacing.value = spacing.value === "even" ? "true" : "even";
    },
  },
  { keys: ["C"], does: "show or hide the curves", key: "c", run: (store) => toggle(store.showsCurves) },
  { keys: ["/"], does: "search the metadata", key: "/", run: focusSearch },
  {
    keys: ["M"],
    does: "select what matches",
    key: "m",
    run: (store) => {
      if (isFiltering(store.filter.value)) select(store, pointsOf(store.matches.value));
    },
  },
  { keys: ["T"], does: "trails of the selection", key: "t", run: (store) => toggle(store.showsTrails) },
  { keys: ["Esc"], does: "select nothing" },
  { keys: ["R"], does: "whole picture", key: "r", run: resetView },
  { keys: ["?"], does: "these keys", key: "?", run: (store) => toggle(store.showsHelp) },
  { keys: ["W", "A", "S", "D"], does: "on the picture: walk from point to point" },
  { keys: ["Enter"], does: "on the picture: select the point; with Shift add it, with Alt take it away" },
  { keys: ["Ctrl+A"], does: "on the picture: select all that is shown" },
  { keys: ["+", "−", "0", "F"], does: "on the picture: zoom in, out, to all, to the selection" },
  { keys: ["Shift+←↑→↓"], does: "on the picture: move it" },
  { keys: ["Tab"], does: "from control to control; lists and tables scroll with the arrow keys" },
];

const ACTIONS = new Map(SHORTCUTS.flatMap(({ key, run }) => (key && run ? [[key, run] as const] : [])));

function toggle(flag: { value: boolean }): void {
  flag.value = !flag.value;
}

function focusSearch(): void {
  setPanelOpen("filter", true);
  // After the panel is drawn.
  requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".search-input")?.focus());
}

const TEXT_FIELDS = "select, textarea, [contenteditable], input:not([type=range], [type=checkbox])";
const PRESSABLE = "button, summary, input[type=checkbox]";

/**
 * Keys work wherever the focus is, except where a control needs them itself: in text fields and
 * selects, and the space bar on a button that was reached by keyboard. A button that was clicked keeps the
 * focus without anyone meaning it.
 */
export function listenToKeyboard(store: Store): () => void {
  const aborter = new AbortController();
  const { signal } = aborter;
  let isFocusByPointer = false;
  let isSpaceTaken = false;
  document.addEventListener(
    "pointerdown",
    () => {
      isFocusByPointer = true;
    },
    { signal, capture: true },
  );
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Tab") isFocusByPointer = false;
      const action = ACTIONS.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
      // "?" and "/" want the shift key on some keyboards.
      const isShifted = event.shiftKey && !"?/".includes(event.key);
      if (!action || event.ctrlKey || event.altKey || event.metaKey || isShifted) return;
      // A dialog has its own keys.
      if (document.querySelector("dialog[open]")) return;
      if (event.defaultPrevented || isKeyOfControl(event, isFocusByPointer)) return;
      event.preventDefault();
      isSpaceTaken = event.key === " ";
      if (!(event.repeat && event.key === " ")) action(store);
    },
    { signal },
  );
  document.addEventListener(
    "keyup",
    (event) => {
      // Firefox presses a focused button on key-up, whatever became of key-down.
      if (event.key === " " && isSpaceTaken) event.preventDefault();
      isSpaceTaken = false;
    },
    { signal },
  );
  return () => aborter.abort();
}

function isKeyOfControl(event: KeyboardEvent, isFocusByPointer: boolean): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (target.matches(TEXT_FIELDS)) return true;
  return event.key === " " && !isFocusByPointer && target.matches(PRESSABLE);
}
