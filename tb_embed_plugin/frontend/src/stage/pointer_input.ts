/** Turns pointer and wheel events on the stage into hovering, panning and zooming, in CSS pixels. */

export interface PointerHandlers {
  hover(px: number, py: number): void;
  leave(): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number, px: number, py: number): void;
}

/** A press that moves less than this is a click. */
const DRAG_THRESHOLD = 3;
const ZOOM_PER_PIXEL = 0.0015;
const PIXELS_PER_LINE = 30;
const PIXELS_PER_PAGE = 400;

/** Returns the function that takes the listeners away again. */
export function listenToPointer(element: HTMLElement, handlers: PointerHandlers): () => void {
  const aborter = new AbortController();
  const { signal } = aborter;
  let pressed: { x: number; y: number; isDragging: boolean } | null = null;

  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      pressed = { x: event.clientX, y: event.clientY, isDragging: false };
      element.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  element.addEventListener(
    "pointermove",
    (event) => {
      if (!event.isPrimary) return;
      if (!pressed) {
        handlers.hover(...placeIn(element, event));
        return;
      }
      const [dx, dy] = [event.clientX - pressed.x, event.clientY - pressed.y];
      if (!pressed.isDragging && Math.hypot(dx, dy) < DRAG_THRESHOLD) return;
      if (!pressed.isDragging) handlers.leave();
      pressed = { x: event.clientX, y: event.clientY, isDragging: true };
      element.classList.add("is-dragging");
      handlers.pan(dx, dy);
    },
    { signal },
  );
  const release = () => {
    pressed = null;
    element.classList.remove("is-dragging");
  };
  element.addEventListener("pointerup", release, { signal });
  element.addEventListener("pointercancel", release, { signal });
  element.addEventListener("pointerleave", () => handlers.leave(), { signal });
  element.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      handlers.zoom(Math.exp(-ZOOM_PER_PIXEL * wheelPixels(event)), ...placeIn(element, event));
    },
    { signal, passive: false },
  );
  return () => aborter.abort();
}

function placeIn(element: HTMLElement, event: MouseEvent): [number, number] {
  const box = element.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function wheelPixels(event: WheelEvent): number {
  if (event.deltaMode === WheelEvent.DOM_DELTA_LINE) return event.deltaY * PIXELS_PER_LINE;
  if (event.deltaMode === WheelEvent.DOM_DELTA_PAGE) return event.deltaY * PIXELS_PER_PAGE;
  return event.deltaY;
}
