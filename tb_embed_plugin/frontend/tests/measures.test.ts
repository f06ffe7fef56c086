import { describe, expect, test } from "vitest";
import {
  LAST_SWITCH,
  lastSwitches,
  measureColumn,
  measureNames,
  scaleOf,
  wantedMeasures,
} from "../src/state/measures";
import { DEFAULT_LOOK } from "../src/state/stage_options";

const rows = (...values: number[][]) => values.map((row) => Float32Array.from(row));
const predictions = {
  version: "v",
  steps: [0, 10, 20],
  rows: rows([0, 1, 1], [0, 2, 1], [0, 1, Number.NaN]),
};
const label = {
  name: "label",
  kind: "categorical" as const,
  categories: ["cat", "dog", "owl"],
  codes: [0, 1, 2],
};

describe("colors by what is known of each point", () => {
  test("offers what the layout and the series have, and what follows from predictions", () => {
    const layout = {
      name: "tsne",
      method: "tsne",
      version: "v",
      n_dims: 2,
      steps: [],
      measures: ["movement"],
    };
    const series = {
      run: "a",
      tag: "b",
      n_points: 3,
      steps: [],
      columns: [],
      sprites: null,
      layouts: [],
      measures: ["prediction"],
    };
    expect(measureNames(series, layout)).toEqual(["movement", "prediction", LAST_SWITCH]);
    expect(measureNames({ ...series, measures: [] }, null)).toEqual([]);
  });

  test("names predictions as the labels are, so that they share their colors", () => {
    const column = measureColumn("prediction", predictions, 10, ["cat", "owl", "dog"], [label]);
    expect(column).toEqual({
      name: "prediction",
      kind: "categorical",
      categories: label.categories,
      codes: [0, 1, 2],
    });
    const unnamed = measureColumn("prediction", predictions, 10, null, [label]);
    expect(unnamed).toMatchObject({ categories: ["0", "1", "2"], codes: [0, 2, 1] });
  });

  test("tells correct from wrong, and both from unknown", () => {
    const reply = { version: "v", steps: [5], rows: rows([1, 0, Number.NaN]) };
    expect(measureColumn("correct", reply, 5, null, [])).toMatchObject({
      categories: ["correct", "wrong"],
      codes: [0, 1, null],
    });
  });

  test("knows when each point last changed its predicted class, up to the playhead", () => {
    expect([...lastSwitches(predictions, 0)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect([...lastSwitches(predictions, 1)]).toEqual([Number.NaN, 10, Number.NaN]);
    expect([...lastSwitches(predictions, 2)]).toEqual([Number.NaN, 20, Number.NaN]);
    expect(measureColumn(LAST_SWITCH, predictions, 20, null, [])).toMatchObject({
      kind: "measure",
      range: [0, 20],
    });
  });

  test("keeps one scale over all steps", () => {
    const reply = { version: "v", steps: [0, 10], rows: rows([1, 2], [3, 40]) };
    const ranges = [0, 10].map((step) => {
      const column = measureColumn("loss", reply, step, null, []);
      return column?.kind === "measure" && column.range;
    });
    expect(ranges[0]).toEqual(ranges[1]);
    expect(scaleOf("confidence", reply.rows)).toEqual([0, 1]);
    expect(scaleOf("loss", rows([Number.NaN, 0.5]))).toEqual([0, 0.5]);
    expect(scaleOf("loss", rows([-2, 0.5, 1]))[0]).toBe(-2);
  });

  test("has no colors for a step that was not fetched", () => {
    expect(measureColumn("loss", predictions, 7, null, [])).toBeNull();
  });

  test("fetches what is shown, of what there is", () => {
    const names = ["movement", "activation_movement", "false_neighbors", "prediction"];
    const look = { ...DEFAULT_LOOK, splitsMotion: true, showsHalos: true };
    expect(wantedMeasures(names, null, DEFAULT_LOOK)).toEqual([]);
    expect(wantedMeasures(names, LAST_SWITCH, look)).toEqual([
      "prediction",
      "activation_movement",
      "false_neighbors",
    ]);
    expect(wantedMeasures([], "movement", look)).toEqual([]);
  });
});
