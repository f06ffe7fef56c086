import { describe, expect, test } from "vitest";
import {
  type Curve,
  groupByPlot,
  qualityCurves,
  scalarCurves,
  shownAtFirst,
  valueNear,
  verticalRange,
} from "../src/state/curves";

const QUALITY = {
  version: "v1",
  steps: [0, 10, 40],
  quality: {
    neighborhood_preservation: [0.4, 0.5, 0.6],
    trustworthiness: [0.8, null, 0.9],
    movement: [0, 3, 1],
    divergence: [1, 2, 3],
  },
};

const CAPTURED = { tag: "fc1", steps: [0, 100, 200], wall_times: [50, 60, 80], scalars: { loss: [3, 2, 1] } };

function scalar(label: string): Curve {
  return { id: `scalar:${label}`, label, plot: label, steps: [0, 5], values: [2, 1] };
}

describe("curves", () => {
  test("of shares stand in one plot, others each in their own", () => {
    const plots = groupByPlot(qualityCurves(QUALITY));
    expect(plots.map(({ curves }) => curves.map(({ id }) => id))).toEqual([
      ["neighborhood_preservation", "trustworthiness"],
      ["movement"],
      ["divergence"],
    ]);
  });

  test("shown at first are the layout's main measures and the run's loss and accuracy", () => {
    const curves = [...qualityCurves(QUALITY), scalar("train/epoch_loss"), scalar("learning_rate")];
    expect([...shownAtFirst(curves)]).toEqual([
      "neighborhood_preservation",
      "trustworthiness",
      "movement",
      "scalar:train/epoch_loss",
    ]);
  });

  test("counted in epochs stand at the training steps of their time, others at their own", () => {
    const times = { values: [0.5, 0.4], wall_times: [60, 70] };
    const curves = scalarCurves(
      {
        scalars: [
          { run: "run1/train", tag: "epoch_loss", steps: [0, 1], ...times },
          { run: "run1", tag: "learning_rate", steps: [0, 1], ...times },
        ],
        snapshots: [CAPTURED],
      },
      { run: "run1", tag: "fc1" },
    );
    expect(curves.map(({ label, steps }) => ({ label, steps }))).toEqual([
      { label: "train/epoch_loss", steps: [100, 150] },
      { label: "learning_rate", steps: [0, 1] },
      { label: "loss at capture", steps: [0, 100, 200] },
    ]);
  });

  test("have the value of the nearest step, and none where that has none", () => {
    const [preservation, trustworthiness] = qualityCurves(QUALITY);
    expect(valueNear(preservation!, 24)).toBe(0.5);
    expect(valueNear(preservation!, 26)).toBe(0.6);
    expect(valueNear(preservation!, 1000)).toBe(0.6);
    expect(valueNear(trustworthiness!, 10)).toBeNull();
    expect(valueNear({ ...scalar("loss"), steps: [5, 10] }, 4)).toBeNull();
    expect(valueNear({ ...scalar("loss"), steps: [] }, 4)).toBeNull();
  });

  test("of shares are drawn within 0 and 1, others with air", () => {
    const [shares, movement] = groupByPlot(qualityCurves(QUALITY));
    expect(verticalRange(shares!)[1]).toBeLessThanOrEqual(1);
    const [low, high] = verticalRange(movement!);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(3);
    expect(verticalRange({ name: "x", curves: [] })).toEqual([0, 1]);
  });
});
