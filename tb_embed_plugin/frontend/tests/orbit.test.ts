import { describe, expect, test } from "vitest";
import { depthOrder } from "../src/stage/drawing_order";
import { fitOrbit } from "../src/stage/orbit";
import { createPlace, type Place, project } from "../src/stage/projection";
import { PADDING } from "../src/stage/size";
import { type Camera, dragBy, focusOn, panBy, projectionOf, zoomAt } from "../src/stage/viewport";

const grid = { offset: [-10, 5, -3], scale: 0.001, extent: [40, 30, 20] };
const size = { width: 848, height: 648 };
const center = { x: 20_000, y: 15_000, z: 10_000 };

function place(camera: Camera, x: number, y: number, z: number): Place {
  const out = createPlace();
  project(projectionOf(grid, size, camera), { x, y, z }, out);
  return out;
}

const straight = { ...fitOrbit(grid), yaw: 0, pitch: 0 };

describe("a layout with depth", () => {
  test("stands with its middle in the middle, x to the right, y up, z to the viewer", () => {
    const middle = place(straight, center.x, center.y, center.z);
    expect(middle.x).toBeCloseTo(424);
    expect(middle.y).toBeCloseTo(324);
    expect(middle).toMatchObject({ depth: 0, magnification: 1 });
    expect(place(straight, center.x + 1000, center.y, center.z).x).toBeGreaterThan(424);
    expect(place(straight, center.x, center.y + 1000, center.z).y).toBeLessThan(324);
    const near = place(straight, center.x, center.y, center.z + 5000);
    expect(near.depth).toBeGreaterThan(0);
    expect(near.magnification).toBeGreaterThan(1);
  });

  test("has one scale for all axes", () => {
    const right = place(straight, center.x + 2000, center.y, center.z).x - 424;
    const up = 324 - place(straight, center.x, center.y + 2000, center.z).y;
    const turned = { ...straight, yaw: Math.PI / 2 };
    const depth = place(turned, center.x, center.y, center.z + 2000).x - 424;
    expect(up).toBeCloseTo(right, 9);
    expect(Math.abs(depth)).toBeCloseTo(right, 9);
  });

  test("keeps a ball of its size inside the stage from every side", () => {
    const radius = (0.62 * Math.hypot(40, 30, 20)) / 2 / grid.scale;
    for (let i = 0; i < 500; i++) {
      const [a, b] = [i * 2.399, Math.acos(1 - (2 * (i + 0.5)) / 500)];
      const at = place(
        { ...straight, yaw: i / 3, pitch: (i % 30) / 10 - 1.5 },
        center.x + radius * Math.sin(b) * Math.cos(a),
        center.y + radius * Math.sin(b) * Math.sin(a),
        center.z + radius * Math.cos(b),
      );
      expect(Math.abs(at.y - 324)).toBeLessThanOrEqual((size.height - 2 * PADDING) / 2 + 1e-6);
    }
  });

  test("dragging right turns the near side right; dragging down turns it down", () => {
    const near = [center.x, center.y, center.z + 8000] as const;
    expect(place(dragBy(grid, size, straight, 50, 0), ...near).x).toBeGreaterThan(424);
    expect(place(dragBy(grid, size, straight, 0, 50), ...near).y).toBeGreaterThan(324);
    const over = dragBy(grid, size, straight, 0, 9000);
    expect(over).toMatchObject({ pitch: Math.PI / 2 });
  });

  test("shifting moves what is at the target's depth by the same pixels, however it is turned", () => {
    const camera = { ...straight, yaw: 2, pitch: -0.7, zoom: 3 };
    const shifted = panBy(grid, size, camera, 33, -21);
    const at = place(shifted, center.x, center.y, center.z);
    expect(at.x).toBeCloseTo(424 + 33, 6);
    expect(at.y).toBeCloseTo(324 - 21, 6);
  });

  test("zooming keeps what lies under the pointer at the target's depth", () => {
    const camera = panBy(grid, size, { ...straight, yaw: 1 }, 40, 10);
    const at = place(camera, center.x, center.y, center.z);
    const zoomed = place(zoomAt(grid, size, camera, 2.5, at.x, at.y), center.x, center.y, center.z);
    expect(zoomed.x).toBeCloseTo(at.x, 6);
    expect(zoomed.y).toBeCloseTo(at.y, 6);
  });

  test("looking at some points keeps the direction", () => {
    const camera = focusOn(grid, size, { ...straight, yaw: 1 }, [0, 0, 0], [100, 200, 200]);
    expect(camera).toMatchObject({ yaw: 1, x: -9.95, y: 5.1, z: -2.9, zoom: 12 });
  });

  test("is painted from far to near, each point once", () => {
    const positions = Uint16Array.from([0, 0, 9000, 0, 0, 0, 0, 0, 20_000, 0, 0, 4000]);
    const moment = { from: positions, to: positions, mix: 0, nDims: 3 };
    const order = depthOrder(Uint32Array.from([2, 0, 1, 3]), moment, projectionOf(grid, size, straight));
    expect([...order]).toEqual([1, 3, 0, 2]);
  });
});
