import { type Outline, rectangle } from "./region";
import type { SelectMode, Tool } from "./tool";
import { wheelGesture } from "./wheel";

/** What the pointer means, in CSS pixels of the stage. */
export interface PointerHandlers {
  tool(): Tool;
  hover(px: number, py: number): void;
  leave(): void;
  /** The move tool's drag: a flat layout shifts, a deep one turns. */
  drag(dx: number, dy: number): void;
  shift(dx: number, dy: number): void;
  zoom(factor: number, px: number, py: number): void;
  click(px: number, py: number, mode: SelectMode): void;
  /** The outline as it grows; null when it is done with. */
  outline(outline: Outline | null): void;
  enclose(outline: Outline, mode: SelectMode): void;
}

/** A press that moves less than this is a click. */
const DRAG_THRESHOLD = 3;
/** A lasso's corners are at least this far apart. */
const LASSO_SPACING = 3;

type Drag = "move" | "shift" | "lasso" | "rectangle";

interface Press {
  kind: Drag;
  start: [number, number];
  last: [number, number];
  isDragging: boolean;
  lasso: number[];
}

/** Returns the function that takes the listeners away again. */
export function listenToPointer(element: HTMLElement, handlers: PointerHandlers): () => void {
  const aborter = new AbortController();
  const { signal } = aborter;
  const input = new PointerInput(element, handlers);
  element.addEventListener("pointerdown", (event) => input.press(event), { signal });
  element.addEventListener("pointermove", (event) => input.move(event), { signal });
  element.addEventListener("pointerup", (event) => input.release(event), { signal });
  element.addEventListener("pointercancel", () => input.cancel(), { signal });
  element.addEventListener("pointerleave", () => handlers.leave(), { signal });
  // The right button shifts.
  element.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const gesture = wheelGesture(event);
      if (gesture.kind === "shift") handlers.shift(gesture.dx, gesture.dy);
      else handlers.zoom(gesture.factor, ...placeIn(element, event));
    },
    { signal, passive: false },
  );
  return () => aborter.abort();
}

class PointerInput {
  readonly #element: HTMLElement;
  readonly #handlers: PointerHandlers;
  /** Fingers on the stage, by pointer. */
  readonly #touches = new Map<number, [number, number]>();
  #press: Press | null = null;

  constructor(element: HTMLElement, handlers: PointerHandlers) {
    this.#element = element;
    this.#handlers = handlers;
  }

  press(event: PointerEvent): void {
    const place = placeIn(this.#element, event);
    if (event.pointerType === "touch") {
      this.#touches.set(event.pointerId, place);
      if (this.#touches.size > 1) {
        this.cancelPress();
        return;
      }
    }
    if (event.button !== 0 && event.button !== 2) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#press = {
      kind: this.#dragOf(event),
      start: place,
      last: place,
      isDragging: false,
      lasso: [...place],
    };
  }

  move(event: PointerEvent): void {
    const place = placeIn(this.#element, event);
    if (this.#touches.size > 1) {
      this.#pinch(event.pointerId, place);
      return;
    }
    const press = this.#press;
    if (!press) {
      this.#handlers.hover(...place);
      return;
    }
    if (!press.isDragging) {
      if (Math.hypot(place[0] - press.start[0], place[1] - press.start[1]) < DRAG_THRESHOLD) return;
      press.isDragging = true;
      this.#handlers.leave();
      this.#element.classList.add("is-dragging");
    }
    this.#dragTo(press, place);
  }

  release(event: PointerEvent): void {
    this.#touches.delete(event.pointerId);
    const press = this.#press;
    if (!press) return;
    const mode = modeOf(event);
    if (press.isDragging) {
      const outline = outlineOf(press);
      if (outline) this.#handlers.enclose(outline, mode);
    } else if (event.button === 0) {
      this.#handlers.click(...press.start, mode);
    }
    this.cancelPress();
  }

  cancel(): void {
    this.#touches.clear();
    this.cancelPress();
  }

  cancelPress(): void {
    if (this.#press) this.#handlers.outline(null);
    this.#press = null;
    this.#element.classList.remove("is-dragging");
  }

  #dragOf(event: PointerEvent): Drag {
    if (event.button === 2) return "shift";
    const tool = this.#handlers.tool();
    return tool === "move" && event.shiftKey ? "shift" : tool;
  }

  #dragTo(press: Press, place: [number, number]): void {
    const [dx, dy] = [place[0] - press.last[0], place[1] - press.last[1]];
    if (press.kind === "lasso" && Math.hypot(dx, dy) < LASSO_SPACING) return;
    press.last = place;
    press.lasso.push(...place);
    if (press.kind === "move") this.#handlers.drag(dx, dy);
    else if (press.kind === "shift") this.#handlers.shift(dx, dy);
    else this.#handlers.outline(outlineOf(press));
  }

  /** Two fingers: their middle shifts, their distance zooms. */
  #pinch(pointer: number, place: [number, number]): void {
    const before = this.#touches.get(pointer);
    const other = [...this.#touches].find(([id]) => id !== pointer)?.[1];
    if (!before || !other) return;
    this.#touches.set(pointer, place);
    this.#handlers.shift((place[0] - before[0]) / 2, (place[1] - before[1]) / 2);
    const distance = Math.hypot(before[0] - other[0], before[1] - other[1]);
    const factor = Math.hypot(place[0] - other[0], place[1] - other[1]) / Math.max(1, distance);
    if (factor > 0) this.#handlers.zoom(factor, (place[0] + other[0]) / 2, (place[1] + other[1]) / 2);
  }
}

function outlineOf({ kind, start, last, lasso }: Press): Outline | null {
  if (kind === "rectangle") return rectangle(...start, ...last);
  return kind === "lasso" ? lasso : null;
}

function modeOf(event: MouseEvent): SelectMode {
  if (event.altKey) return "subtract";
  return event.shiftKey || event.ctrlKey || event.metaKey ? "add" : "replace";
}

function placeIn(element: HTMLElement, event: MouseEvent): [number, number] {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
