import { describe, expect, test } from "vitest";
import {
  chooseLabels,
  firstAtLeast,
  fractionOf,
  nearestOnAxis,
  positionAtFraction,
  positionOf,
  stepAt,
} from "../src/playback/axis";

const STEPS = [0, 10, 20, 100];

describe("the axis of time", () => {
  test("puts steps where they were in training, or evenly", () => {
    const fractions = (spacing: "true" | "even") =>
      STEPS.map((_, position) => fractionOf({ steps: STEPS, spacing }, position));
    expect(fractions("true")).toEqual([0, 0.1, 0.2, 1]);
    expect(fractions("even")).toEqual([0, 1 / 3, 2 / 3, 1]);
  });

  test.each(["true", "even"] as const)("comes back from a fraction to the position, %s", (spacing) => {
    const axis = { steps: STEPS, spacing };
    for (const position of [0, 0.25, 1, 1.5, 2.9, 3]) {
      expect(positionAtFraction(axis, fractionOf(axis, position))).toBeCloseTo(position);
    }
  });

  test("of one step or none is a point", () => {
    for (const steps of [[], [7]]) {
      const axis = { steps, spacing: "true" as const };
      expect(fractionOf(axis, 0)).toBe(0);
      expect(positionAtFraction(axis, 0.7)).toBe(0);
    }
  });

  test("finds the step that is nearest where it looks nearest", () => {
    expect(nearestOnAxis({ steps: STEPS, spacing: "true" }, 0.55)).toBe(2);
    expect(nearestOnAxis({ steps: STEPS, spacing: "true" }, 0.65)).toBe(3);
    expect(nearestOnAxis({ steps: STEPS, spacing: "even" }, 0.55)).toBe(2);
  });

  test("maps steps to positions and back", () => {
    expect(positionOf(STEPS, 60)).toBe(2.5);
    expect(stepAt(STEPS, 2.5)).toBe(60);
    expect(positionOf(STEPS, 1000)).toBe(3);
    expect(positionOf(STEPS, -5)).toBe(0);
  });

  test("labels the ends, and between them what has room", () => {
    const labels = chooseLabels({ steps: STEPS, spacing: "true" }, 400, 44);
    expect(labels.map(({ index }) => index)).toEqual([0, 2, 3]);
  });
});

test("the first value that is at least another is found among equals", () => {
  expect(firstAtLeast([1, 2, 2, 3], 2)).toBe(1);
  expect(firstAtLeast([1, 2], 5)).toBe(2);
});
