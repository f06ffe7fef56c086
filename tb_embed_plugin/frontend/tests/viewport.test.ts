import { describe, expect, test } from "vitest";
import { project } from "../src/stage/projection";
import { PADDING } from "../src/stage/size";
import {
  type Camera,
  carryCamera,
  dragBy,
  fitScale,
  focusOn,
  fromPixels,
  panBy,
  projectionOf,
  toPixels,
  viewportOf,
  zoomAt,
} from "../src/stage/viewport";

const grid = { offset: [-10, 5] as [number, number], scale: 0.01, extent: [40, 20] as [number, number] };
const size = { width: 848, height: 648 };

describe("the fit", () => {
  test("centers the extent with padding, one scale for both axes, y up", () => {
    const viewport = viewportOf(grid, size, null);
    expect(viewport.scale).toBe((848 - 2 * PADDING) / 40);
    expect(toPixels(viewport, -10, 25)).toEqual([24, 648 / 2 - 200]);
    expect(toPixels(viewport, 30, 5)).toEqual([848 - 24, 648 / 2 + 200]);
  });

  test("takes the tighter of the two axes", () => {
    expect(fitScale(grid, { width: 848, height: 148 })).toBe(5);
  });

  test("shows points that all coincide, and points on a line", () => {
    const dot = { ...grid, extent: [0, 0] as [number, number] };
    expect(toPixels(viewportOf(dot, size, null), -10, 5)).toEqual([424, 324]);
    expect(fitScale({ ...grid, extent: [0, 20] }, size)).toBe(30);
  });

  test("places quantized positions where their coordinates are", () => {
    const viewport = viewportOf(grid, size, null);
    const place = { x: 0, y: 0, depth: 1, magnification: 0 };
    project(projectionOf(grid, size, null), { x: 1234, y: 567, z: 0 }, place);
    const [x, y] = toPixels(viewport, -10 + 0.01 * 1234, 5 + 0.01 * 567);
    expect(place.x).toBeCloseTo(x, 9);
    expect(place.y).toBeCloseTo(y, 9);
    expect([place.depth, place.magnification]).toEqual([0, 1]);
  });
});

describe("the camera", () => {
  const moved = panBy(grid, size, zoomAt(grid, size, null, 3, 100, 200), 40, -70);

  test("fromPixels undoes toPixels", () => {
    for (const camera of [null, moved]) {
      const viewport = viewportOf(grid, size, camera);
      const [x, y] = fromPixels(viewport, ...toPixels(viewport, 3.25, 11));
      expect(x).toBeCloseTo(3.25, 9);
      expect(y).toBeCloseTo(11, 9);
    }
  });

  test("zooming leaves alone what is under the pointer", () => {
    for (const factor of [1.5, 0.5, 1e9]) {
      const before = fromPixels(viewportOf(grid, size, moved), 700, 90);
      const after = fromPixels(viewportOf(grid, size, zoomAt(grid, size, moved, factor, 700, 90)), 700, 90);
      expect(after[0]).toBeCloseTo(before[0], 6);
      expect(after[1]).toBeCloseTo(before[1], 6);
    }
  });

  test("panning moves everything by the same pixels", () => {
    const [x0, y0] = toPixels(viewportOf(grid, size, moved), 1, 8);
    const [x1, y1] = toPixels(viewportOf(grid, size, panBy(grid, size, moved, 13, -21)), 1, 8);
    expect(x1 - x0).toBeCloseTo(13, 9);
    expect(y1 - y0).toBeCloseTo(-21, 9);
  });

  test("a resize keeps the center and grows what is seen with the stage", () => {
    const large = { width: 2 * (848 - 48) + 48, height: 2 * (648 - 48) + 48 };
    const center = fromPixels(viewportOf(grid, size, moved), size.width / 2, size.height / 2);
    const after = fromPixels(viewportOf(grid, large, moved), large.width / 2, large.height / 2);
    expect(after[0]).toBeCloseTo(center[0], 9);
    expect(after[1]).toBeCloseTo(center[1], 9);
    expect(viewportOf(grid, large, moved).scale).toBeCloseTo(2 * viewportOf(grid, size, moved).scale, 9);
  });

  test("a grown extent moves nothing under a moved camera, and stays in full view under the fit", () => {
    const grown = { offset: [-30, 0] as [number, number], scale: 0.02, extent: [90, 70] as [number, number] };
    const carried: Camera = carryCamera(moved, grid, grown, size);
    const [x0, y0] = toPixels(viewportOf(grid, size, moved), 3, 9);
    const [x1, y1] = toPixels(viewportOf(grown, size, carried), 3, 9);
    expect(x1).toBeCloseTo(x0, 9);
    expect(y1).toBeCloseTo(y0, 9);
    expect(carryCamera(null, grid, grown, size)).toBeNull();
  });
});

describe("looking at some points", () => {
  test("brings their box to the middle and to most of the stage", () => {
    const camera = focusOn(grid, size, null, [1000, 500], [2000, 900]);
    const viewport = viewportOf(grid, size, camera);
    const [left, bottom] = toPixels(viewport, -10 + 10, 5 + 5);
    const [right, top] = toPixels(viewport, -10 + 20, 5 + 9);
    expect((left + right) / 2).toBeCloseTo(size.width / 2, 9);
    expect((top + bottom) / 2).toBeCloseTo(size.height / 2, 9);
    expect(right - left).toBeCloseTo(0.8 * (size.width - 2 * PADDING), 9);
  });

  test("goes only so close to a single one", () => {
    expect(focusOn(grid, size, null, [10, 10], [10, 10])?.zoom).toBe(12);
  });

  test("dragging a flat layout shifts it", () => {
    expect(dragBy(grid, size, null, 5, 6)).toEqual(panBy(grid, size, null, 5, 6));
  });
});
