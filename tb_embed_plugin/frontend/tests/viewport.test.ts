import { describe, expect, test } from "vitest";
import {
  type Camera,
  carryCamera,
  fitScale,
  fromPixels,
  PADDING,
  panBy,
  pixelTransform,
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
    const transform = pixelTransform(grid, viewport);
    const [x, y] = toPixels(viewport, -10 + 0.01 * 1234, 5 + 0.01 * 567);
    expect(1234 * transform.scaleX + transform.shiftX).toBeCloseTo(x, 9);
    expect(567 * transform.scaleY + transform.shiftY).toBeCloseTo(y, 9);
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
