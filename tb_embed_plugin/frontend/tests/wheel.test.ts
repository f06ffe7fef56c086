import { expect, test } from "vitest";
import { wheelGesture } from "../src/stage/wheel";

const wheel = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false };

test("a mouse's wheel zooms in away from the hand and out towards it", () => {
  for (const event of [
    { ...wheel, deltaY: -120, wheelDeltaY: 120 },
    { ...wheel, deltaY: -3, deltaMode: 1 },
    { ...wheel, deltaY: -100 },
  ]) {
    const inwards = wheelGesture(event);
    const outwards = wheelGesture({ ...event, deltaY: -event.deltaY });
    expect(inwards.kind === "zoom" && inwards.factor).toBeGreaterThan(1.05);
    expect(outwards.kind === "zoom" && outwards.factor).toBeLessThan(0.95);
  }
});

test("two fingers on a touch pad shift what is seen along with them", () => {
  expect(wheelGesture({ ...wheel, deltaY: 7, wheelDeltaY: -21 })).toEqual({ kind: "shift", dx: -0, dy: -7 });
  expect(wheelGesture({ ...wheel, deltaX: 4, deltaY: 1 })).toEqual({ kind: "shift", dx: -4, dy: -1 });
});

test("pinching zooms, faster than the wheel with the control key held", () => {
  const pinch = wheelGesture({ ...wheel, ctrlKey: true, deltaY: -10 });
  const held = wheelGesture({ ...wheel, ctrlKey: true, deltaY: -120, wheelDeltaY: 120 });
  expect(pinch.kind === "zoom" && pinch.factor).toBeCloseTo(Math.exp(0.1));
  expect(held.kind === "zoom" && held.factor).toBeCloseTo(Math.exp(0.18));
});
