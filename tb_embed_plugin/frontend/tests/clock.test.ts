import { describe, expect, test } from "vitest";
import { advance, nextStep, positionAt, previousStep, startOf, tweenAt } from "../src/playback/clock";

const settings = { speed: 4, isLooping: false, nFrames: 10, lastReady: 9 };

describe("advance", () => {
  test("goes as far in many short frames as in one long one", () => {
    for (const isLooping of [false, true]) {
      let playhead = 1;
      for (let i = 0; i < 300; i++) playhead = advance(playhead, 0.01, { ...settings, isLooping }).playhead;
      expect(playhead).toBeCloseTo(advance(1, 3, { ...settings, isLooping }).playhead, 6);
    }
  });

  test("stops on the last frame", () => {
    expect(advance(8.5, 0.1, settings)).toEqual({ playhead: 8.9, isPlaying: true });
    expect(advance(8.5, 5, settings)).toEqual({ playhead: 9, isPlaying: false });
  });

  test("holds the last frame for one step before it loops, and never tweens back to the first", () => {
    const looping = { ...settings, isLooping: true };
    const held = advance(8.9, 0.2, looping);
    expect(positionAt(held.playhead, 10)).toBe(9);
    const wrapped = advance(held.playhead, 0.2, looping);
    expect(wrapped.playhead).toBeCloseTo(0.5, 6);
    expect(wrapped.isPlaying).toBe(true);
  });

  test("waits before a frame that has not arrived", () => {
    const loading = { ...settings, lastReady: 3 };
    expect(advance(2.5, 10, loading)).toEqual({ playhead: 3, isPlaying: true });
    expect(advance(5, 10, loading)).toEqual({ playhead: 5, isPlaying: true });
  });

  test("has nothing to play with fewer than two frames", () => {
    expect(advance(0, 1, { ...settings, nFrames: 1, lastReady: 0 })).toEqual({
      playhead: 0,
      isPlaying: false,
    });
  });
});

test("playing starts over from the end only", () => {
  expect(startOf(9, 10)).toBe(0);
  expect(startOf(8.9, 10)).toBe(8.9);
});

test("stepping goes to the neighboring captured steps, from between them too", () => {
  expect([nextStep(3, 10), nextStep(3.2, 10), nextStep(9, 10)]).toEqual([4, 4, 9]);
  expect([previousStep(3), previousStep(3.2), previousStep(0)]).toEqual([2, 3, 0]);
});

test("only a captured step counts as captured", () => {
  expect(tweenAt(3)).toEqual({ from: 3, to: 3, mix: 0, nearest: 3, isCaptured: true });
  expect(tweenAt(3.75)).toEqual({ from: 3, to: 4, mix: 0.75, nearest: 4, isCaptured: false });
  expect(tweenAt(3.01).isCaptured).toBe(false);
});
