/** What a wheel event means: a mouse's wheel zooms; on a touch pad two fingers shift, and pinching zooms. */
export type WheelGesture = { kind: "zoom"; factor: number } | { kind: "shift"; dx: number; dy: number };

/** Of a `WheelEvent`, what is looked at. */
export interface WheelReading {
  deltaX: number;
  deltaY: number;
  deltaMode: number;
  ctrlKey: boolean;
  /** Chromium's and Safari's: in 120ths of a notch, where there are notches. */
  wheelDeltaY?: number;
}

const ZOOM_PER_PIXEL = 0.0015;
/** Pinching comes as a wheel with the control key, in much smaller steps. */
const ZOOM_PER_PINCHED_PIXEL = 0.01;
const PIXELS_PER_LINE = 30;
const PIXELS_PER_PAGE = 400;
/** Browsers report a touch pad's pixels as this many `wheelDelta` each; a mouse's notch is 120. */
const TOUCH_PAD_RATIO = -3;

const LINE = 1;
const PAGE = 2;

export function wheelGesture(event: WheelReading): WheelGesture {
  const { deltaX, deltaY, deltaMode } = event;
  if (event.ctrlKey && deltaMode === 0) {
    const perPixel = isNotch(event) ? ZOOM_PER_PIXEL : ZOOM_PER_PINCHED_PIXEL;
    return { kind: "zoom", factor: Math.exp(-perPixel * deltaY) };
  }
  if (isTouchPad(event)) return { kind: "shift", dx: -deltaX, dy: -deltaY };
  const unit = deltaMode === LINE ? PIXELS_PER_LINE : deltaMode === PAGE ? PIXELS_PER_PAGE : 1;
  return { kind: "zoom", factor: Math.exp(-ZOOM_PER_PIXEL * deltaY * unit) };
}

/** Events do not say which device made them; sideways movement, or pixels without notches, are a touch pad's. */
function isTouchPad(event: WheelReading): boolean {
  if (event.deltaMode !== 0) return false;
  return event.deltaX !== 0 || (event.deltaY !== 0 && event.wheelDeltaY === TOUCH_PAD_RATIO * event.deltaY);
}

function isNotch({ wheelDeltaY }: WheelReading): boolean {
  return wheelDeltaY !== undefined && wheelDeltaY !== 0 && wheelDeltaY % 120 === 0;
}
