import { goToFirst, goToLast, goToNext, goToPrevious, togglePlay } from "../state/actions";
import type { Store } from "../state/store";

const ACTIONS: Record<string, (store: Store) => void> = {
  " ": togglePlay,
  ArrowLeft: goToPrevious,
  ArrowRight: goToNext,
  Home: goToFirst,
  End: goToLast,
};

const TEXT_FIELDS = "select, textarea, [contenteditable], input:not([type=range], [type=checkbox])";
const PRESSABLE = "button, summary, input[type=checkbox]";

/**
 * Playback's keys work wherever the focus is, except where a control needs them itself: in text fields and
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
      const action = ACTIONS[event.key];
      if (!action || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
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
