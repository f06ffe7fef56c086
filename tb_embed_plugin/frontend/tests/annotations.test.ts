import { describe, expect, test } from "vitest";
import { MISSING } from "../src/api/frames";
import { CenterCache, findCenters, pushApart } from "../src/stage/class_names";
import { Room } from "../src/stage/point_labels";
import { trailAlpha } from "../src/stage/trails";
import { labelPoints, nameClasses, namesColumn } from "../src/state/annotations";

const column = {
  name: "label",
  kind: "categorical" as const,
  categories: ["cat", "dog"],
  codes: [0, 0, 0, 1, null],
};
const frame = Uint16Array.from([0, 10, 20, 30, 9000, 50, 7, 8, 1, 1]);

describe("class names", () => {
  const names = nameClasses(column, 5, null, "light");

  test("stand at the median of their class, which a stray does not pull", () => {
    expect(findCenters(frame, 2, names)).toEqual([
      [20, 30],
      [7, 8],
    ]);
  });

  test("take the middle of two, pass over missing points, and stand nowhere without any", () => {
    const missing = Uint16Array.from([0, 10, 20, 30, MISSING, MISSING, MISSING, MISSING, 1, 1]);
    expect(findCenters(missing, 2, names)).toEqual([[10, 20], null]);
  });

  test("move with their class between two frames", () => {
    const later = frame.map((value) => value + 100);
    const cache = new CenterCache();
    const at = (mix: number) => cache.at({ from: frame, to: later, mix, nDims: 2 }, names)[1];
    expect([at(0), at(0.5), at(1)]).toEqual([
      [7, 8],
      [57, 58],
      [107, 108],
    ]);
  });

  test("stand at what is seen of their class", () => {
    const hidden = Uint8Array.from([1, 0, 0, 1, 0]);
    expect(findCenters(frame, 2, nameClasses(column, 5, hidden, "light"))).toEqual([[4510, 40], null]);
  });

  test("are those of the color's column, else of the labels", () => {
    const other = { ...column, name: "animal" };
    const number = { name: "size", kind: "number" as const, values: [] };
    expect(namesColumn([number, other, column], "animal")).toBe(other);
    expect(namesColumn([number, other, column], "size")).toBe(column);
    expect(namesColumn([number, other], undefined)).toBe(other);
    expect(namesColumn([number], null)).toBeNull();
  });

  test("make room for each other, and stay where they have it", () => {
    const far = { x: 500, y: 500, width: 40, height: 20 };
    const [a, b, c] = pushApart([
      { x: 100, y: 100, width: 40, height: 20 },
      { x: 104, y: 103, width: 40, height: 20 },
      far,
    ]);
    expect(c).toEqual(far);
    expect(Math.abs(a!.y - b!.y)).toBeGreaterThanOrEqual(20 - 1e-6);
    expect((a!.y + b!.y) / 2).toBeCloseTo(101.5);
  });
});

test("labels take only room that is free", () => {
  const room = new Room({ width: 200, height: 100 });
  expect(room.take(10, 50, () => 60)).toBe(true);
  expect(room.take(40, 52, () => 60)).toBe(false);
  expect(room.take(90, 50, () => 60)).toBe(true);
  expect(room.take(10, 80, () => 60)).toBe(true);
  expect(room.take(-5, 80, () => 60)).toBe(false);
  expect(room.take(60, 99, () => 60)).toBe(false);
});

test("labels are the chosen column's text", () => {
  const order = Uint32Array.from([1, 0]);
  expect(labelPoints(column, order).textOf(3)).toBe("dog");
  expect(labelPoints(column, order).textOf(4)).toBeNull();
  expect(labelPoints({ name: "n", kind: "number", values: [1 / 3, null] }, order).textOf(0)).toBe("0.3333");
});

test("trails are strong behind the point, faint ahead, and fade with distance", () => {
  expect(trailAlpha(-0.5).past).toBeGreaterThan(trailAlpha(-5).past);
  expect(trailAlpha(0.5).future).toBeLessThan(trailAlpha(-0.5).past);
  expect(trailAlpha(-300).past).toBeGreaterThan(0);
});
