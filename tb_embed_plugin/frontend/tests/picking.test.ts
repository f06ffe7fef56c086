import { describe, expect, test } from "vitest";
import { MISSING } from "../src/api/frames";
import { pickNearest, placeOf } from "../src/stage/picking";
import { tweenPoint } from "../src/stage/tween";

const transform = { scaleX: 2, scaleY: -2, shiftX: 10, shiftY: 300 };
const drawn = {
  from: Uint16Array.from([0, 0, 100, 0, MISSING, MISSING]),
  to: Uint16Array.from([0, 100, 100, 0, 50, 50]),
  mix: 0,
  transform,
  isEmphasized: Uint8Array.from([1, 1, 1]),
};

describe("tweenPoint", () => {
  const tween = (mix: number, point: number) => {
    const out = { x: -1, y: -1 };
    return tweenPoint(drawn.from, drawn.to, mix, point, out) ? [out.x, out.y] : null;
  };

  test("moves in a straight line", () => {
    expect([tween(0, 0), tween(0.25, 0), tween(1, 0)]).toEqual([
      [0, 0],
      [0, 25],
      [0, 100],
    ]);
  });

  test("shows a point that appears only near the frame that has it, and without motion", () => {
    expect([tween(0, 2), tween(0.49, 2)]).toEqual([null, null]);
    expect([tween(0.5, 2), tween(0.9, 2), tween(1, 2)]).toEqual([
      [50, 50],
      [50, 50],
      [50, 50],
    ]);
  });

  test("shows a point that has no position in either frame never", () => {
    const nowhere = Uint16Array.from([MISSING, MISSING]);
    expect(tweenPoint(nowhere, nowhere, 0.2, 0, { x: 0, y: 0 })).toBe(false);
  });

  test("takes one axis at its end for a position", () => {
    const edge = Uint16Array.from([MISSING, 3]);
    expect(tweenPoint(edge, edge, 0, 0, { x: 0, y: 0 })).toBe(true);
  });
});

describe("picking", () => {
  test("finds the nearest point where it is drawn", () => {
    expect(pickNearest(drawn, 11, 299, 5)).toBe(0);
    expect(pickNearest({ ...drawn, mix: 0.5 }, 11, 299, 5)).toBeNull();
    expect(pickNearest({ ...drawn, mix: 0.5 }, 11, 199, 5)).toBe(0);
    expect(placeOf({ ...drawn, mix: 0.5 }, 0)).toEqual({ x: 10, y: 200 });
  });

  test("reaches no further than it may", () => {
    expect(pickNearest(drawn, 210 + 4, 300, 5)).toBe(1);
    expect(pickNearest(drawn, 210 + 6, 300, 5)).toBeNull();
  });

  test("passes over missing points and those in the background", () => {
    expect(pickNearest(drawn, 110, 200, 5)).toBeNull();
    expect(pickNearest({ ...drawn, mix: 1 }, 110, 200, 5)).toBe(2);
    expect(pickNearest({ ...drawn, isEmphasized: Uint8Array.from([0, 1, 1]) }, 11, 299, 5)).toBeNull();
  });
});
