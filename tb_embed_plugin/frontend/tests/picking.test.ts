import { describe, expect, test } from "vitest";
import { MISSING } from "../src/api/frames";
import { pickNearest, pickTowards, placeOf } from "../src/stage/picking";
import { pickInside, rectangle } from "../src/stage/region";
import { tweenPoint } from "../src/stage/tween";

const flat = (scale: number, x: number, y: number) => ({
  matrix: [scale, 0, 0, 0, -scale, 0, 0, 0, 0] as const,
  shift: [x, y, 0] as const,
  center: [0, 0] as const,
  perspective: 0,
});
const moment = {
  from: Uint16Array.from([0, 0, 100, 0, MISSING, MISSING]),
  to: Uint16Array.from([0, 100, 100, 0, 50, 50]),
  mix: 0,
  nDims: 2,
};
const drawn = { moment, projection: flat(2, 10, 300), isPickable: Uint8Array.from([1, 1, 1]) };
const at = (mix: number) => ({ ...drawn, moment: { ...moment, mix } });

describe("tweenPoint", () => {
  const tween = (mix: number, point: number) => {
    const out = { x: -1, y: -1, z: -1 };
    return tweenPoint({ ...moment, mix }, point, out) ? [out.x, out.y] : null;
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
    const out = { x: 0, y: 0, z: 0 };
    expect(tweenPoint({ from: nowhere, to: nowhere, mix: 0.2, nDims: 2 }, 0, out)).toBe(false);
  });

  test("takes axes at their end for a position as long as one is not", () => {
    const out = { x: 0, y: 0, z: 0 };
    const edge = Uint16Array.from([MISSING, 3]);
    expect(tweenPoint({ from: edge, to: edge, mix: 0, nDims: 2 }, 0, out)).toBe(true);
    const corner = Uint16Array.from([MISSING, MISSING, 7]);
    expect(tweenPoint({ from: corner, to: corner, mix: 0, nDims: 3 }, 0, out)).toBe(true);
    expect(out).toEqual({ x: MISSING, y: MISSING, z: 7 });
  });

  test("moves along the third axis too", () => {
    const out = { x: 0, y: 0, z: 0 };
    const from = Uint16Array.from([0, 0, 0, 1, 2, 3]);
    const to = Uint16Array.from([0, 0, 0, 3, 2, 13]);
    tweenPoint({ from, to, mix: 0.5, nDims: 3 }, 1, out);
    expect(out).toEqual({ x: 2, y: 2, z: 8 });
  });
});

describe("picking", () => {
  test("finds the nearest point where it is drawn", () => {
    expect(pickNearest(drawn, 11, 299, 5)).toBe(0);
    expect(pickNearest(at(0.5), 11, 299, 5)).toBeNull();
    expect(pickNearest(at(0.5), 11, 199, 5)).toBe(0);
    expect(placeOf(at(0.5), 0)).toMatchObject({ x: 10, y: 200 });
  });

  test("reaches no further than it may", () => {
    expect(pickNearest(drawn, 210 + 4, 300, 5)).toBe(1);
    expect(pickNearest(drawn, 210 + 6, 300, 5)).toBeNull();
  });

  test("passes over missing points and those that are not to be found", () => {
    expect(pickNearest(drawn, 110, 200, 5)).toBeNull();
    expect(pickNearest(at(1), 110, 200, 5)).toBe(2);
    expect(pickNearest({ ...drawn, isPickable: Uint8Array.from([0, 1, 1]) }, 11, 299, 5)).toBeNull();
  });

  test("walks to the next point in a direction", () => {
    const place = placeOf(at(1), 1);
    expect(place && pickTowards(at(1), place, -1, 0)).toBe(2);
    expect(place && pickTowards(at(1), place, 1, 0)).toBeNull();
    expect(place && pickTowards(at(1), place, 0, -1)).toBe(2);
  });
});

describe("an outline", () => {
  test("holds what lies inside by the even-odd rule", () => {
    expect([...pickInside(drawn, rectangle(0, 290, 20, 310))]).toEqual([0]);
    expect([...pickInside(drawn, rectangle(20, 310, 0, 290))]).toEqual([0]);
    expect([...pickInside(at(1), rectangle(0, 0, 500, 500))]).toEqual([0, 1, 2]);
    expect([...pickInside(drawn, [])]).toEqual([]);
  });

  test("agrees with a test of every edge for a lasso that crosses itself", () => {
    const outline = Array.from({ length: 14 }, (_, i) => 200 + 150 * Math.cos(i * 2.5 + (i % 2)));
    const grid = Array.from({ length: 40 * 40 }, (_, i) => [(i % 40) * 10, Math.floor(i / 40) * 10]).flat();
    const positions = Uint16Array.from(grid);
    const points = {
      moment: { from: positions, to: positions, mix: 0, nDims: 2 },
      projection: { ...flat(1, 0, 0), matrix: [1, 0, 0, 0, 1, 0, 0, 0, 0] as const },
      isPickable: new Uint8Array(1600).fill(1),
    };
    const expected = Array.from({ length: 1600 }, (_, i) => i).filter((i) =>
      isInsideByAllEdges(outline, positions[2 * i]!, positions[2 * i + 1]!),
    );
    expect(expected.length).toBeGreaterThan(50);
    expect([...pickInside(points, outline)]).toEqual(expected);
  });
});

function isInsideByAllEdges(outline: number[], x: number, y: number): boolean {
  let isInside = false;
  for (let i = 0, j = outline.length - 2; i < outline.length; j = i, i += 2) {
    const [x0, y0, x1, y1] = [outline[i]!, outline[i + 1]!, outline[j]!, outline[j + 1]!];
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) isInside = !isInside;
  }
  return isInside;
}
