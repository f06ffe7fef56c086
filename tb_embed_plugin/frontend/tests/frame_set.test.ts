import { describe, expect, test } from "vitest";
import {
  addFrames,
  carryFrames,
  createFrameSet,
  framesPerRequest,
  lastReadyFrom,
  mapPosition,
  nextChunk,
} from "../src/state/frame_set";

const grid = { offset: [0, 0] as [number, number], scale: 1, extent: [1, 1] as [number, number] };
const frame = (step: number, nPoints = 2) => ({ step, positions: new Uint16Array(2 * nPoints) });

describe("mapPosition", () => {
  const before = [0, 100, 200];

  test("goes by training step, not by index", () => {
    expect(mapPosition(before, 1, [0, 50, 100, 150, 200])).toBe(2);
    expect(mapPosition(before, 2, [0, 100, 200, 300])).toBe(2);
    expect(mapPosition(before, 1, [100, 200])).toBe(0);
  });

  test("keeps the place between steps, also where new steps came in between", () => {
    expect(mapPosition(before, 1.5, [0, 100, 200, 300])).toBe(1.5);
    expect(mapPosition(before, 0.75, [0, 50, 100, 200])).toBe(1.5);
  });

  test("stays on a captured step where the old one is gone", () => {
    expect(mapPosition(before, 1, [0, 90, 200])).toBe(1);
    expect(mapPosition(before, 2, [0, 100])).toBe(1);
  });

  test("starts at the start without anything to go by", () => {
    expect(mapPosition([], 0, before)).toBe(0);
    expect(mapPosition(before, 2, [])).toBe(0);
  });
});

describe("loading in parts", () => {
  test("starts at the place, goes on to the end, then fills in from the start", () => {
    const isLoaded = [false, false, false, false, false, false];
    const order: number[][] = [];
    for (let chunk = nextChunk(isLoaded, 3.4, 2); chunk.length > 0; chunk = nextChunk(isLoaded, 3.4, 2)) {
      order.push(chunk);
      for (const i of chunk) isLoaded[i] = true;
    }
    expect(order).toEqual([[3, 4], [5], [0, 1], [2]]);
    expect(nextChunk([false, true, false], 2, 2)).toEqual([0, 2]);
  });

  test("asks for everything at once where it is small", () => {
    expect(framesPerRequest(20, 1_800, 2)).toBe(20);
    const perRequest = framesPerRequest(100, 100_000, 2);
    expect(perRequest).toBeGreaterThan(1);
    expect(perRequest).toBeLessThan(10);
    expect(framesPerRequest(3, 10_000_000, 2)).toBe(1);
  });

  test("counts and places what arrives", () => {
    const empty = createFrameSet({ version: "v", steps: [0, 10, 20] }, 2, grid);
    const set = addFrames(empty, { version: "v", grid, frames: [frame(10), frame(20)] });
    expect(set.nLoaded).toBe(2);
    expect(set.frames.map((item) => item?.step)).toEqual([undefined, 10, 20]);
    expect(empty.nLoaded).toBe(0);
    expect([lastReadyFrom(set.frames, 0.5), lastReadyFrom(set.frames, 1)]).toEqual([-1, 2]);
  });

  test("refuses frames of another probe set", () => {
    const empty = createFrameSet({ version: "v", steps: [0] }, 2, grid);
    expect(() => addFrames(empty, { version: "v", grid, frames: [frame(0, 3)] })).toThrow(/3 points.*has 2/);
  });

  test("carries over frames by step", () => {
    const first = frame(10);
    const before = addFrames(createFrameSet({ version: "v", steps: [0, 10] }, 2, grid), {
      version: "v",
      grid,
      frames: [first],
    });
    const after = carryFrames(before, [0, 10, 20]);
    expect(after.frames).toEqual([null, first, null]);
    expect(after.nLoaded).toBe(1);
  });
});
