import { describe, expect, it } from "vitest";
import { type Evidence, makeLabels } from "../src/find/evidence";
import { findMoments, jumpsOf } from "../src/find/moments";
import { rankChanged, rankMislabeled, rankMoved, rankSwitched } from "../src/find/rankings";

const NAMES = ["cat", "dog"];

function evidenceOf(parts: Partial<Evidence>): Evidence {
  return { steps: [], nPoints: 0, measures: {}, labels: null, positions: [], nDims: 2, ...parts };
}

function rows(...values: number[][]): Float32Array[] {
  return values.map((row) => Float32Array.from(row));
}

describe("labels", () => {
  it("find the class that a prediction means, by name or else by number", () => {
    expect([...makeLabels(NAMES, [0, 1, null], ["dog", "owl", "cat"], 3).ofPrediction]).toEqual([1, -1, 0]);
    expect([...makeLabels(["0", "2"], [0, 1], null, 3).ofPrediction]).toEqual([0, -1, 1]);
    expect([...makeLabels(NAMES, [0, null, 7], null, 0).codes]).toEqual([0, -1, -1]);
  });
});

describe("points that changed neighbors", () => {
  it("come by the sum over all steps, at the step of the greatest change", () => {
    const evidence = evidenceOf({
      steps: [0, 5, 9],
      nPoints: 3,
      measures: { neighborhood_change: rows([0, 0, 0], [0.2, 0.5, 0], [0.9, 0.5, Number.NaN]) },
    });
    const found = rankChanged(evidence, 5);
    expect(found.map(({ point, step }) => [point, step])).toEqual([
      [0, 9],
      [1, 5],
    ]);
    expect(found[0]?.score).toBeCloseTo(1.1);
    expect(rankChanged(evidence, 1)).toHaveLength(1);
    expect(rankChanged(evidenceOf({ steps: [0] }), 5)).toEqual([]);
  });
});

describe("points that moved", () => {
  it("are those that left the ones around them, not those that went with them", () => {
    const before = [1000, 1000, 1010, 1000, 1000, 1010, 1010, 1010, 60000, 60000, 65535, 65535];
    const shift = 3000;
    const after = before.map((value) => (value === 65535 ? value : value + shift));
    after[6] = (after[6] ?? 0) + 6000;
    const evidence = evidenceOf({
      steps: [0, 10],
      nPoints: 6,
      positions: [Uint16Array.from(before), Uint16Array.from(after)],
    });
    const [first, ...rest] = rankMoved(evidence, 6);
    expect([first?.point, first?.step]).toEqual([3, 10]);
    expect(first?.score).toBeCloseTo(6000 / 65534, 3);
    expect(rest.every(({ score }) => score <= 2001 / 65534)).toBe(true);
  });

  it("may have depth, and frames that are not there", () => {
    const frame = (z: number) => Uint16Array.from([5, 5, 5, 5, 5, z]);
    const evidence = evidenceOf({
      steps: [0, 1, 2],
      nPoints: 2,
      nDims: 3,
      positions: [frame(5), null, frame(9)],
    });
    expect(rankMoved(evidence, 2)).toEqual([]);
    expect(rankMoved({ ...evidence, positions: [frame(5), frame(9), frame(9)] }, 2)).toHaveLength(2);
  });
});

describe("points that switched their predicted class", () => {
  it("come by how often, then by how lately", () => {
    const nan = Number.NaN;
    const evidence = evidenceOf({
      steps: [0, 10, 20, 30],
      nPoints: 4,
      measures: { prediction: rows([0, 0, 1, nan], [1, 0, 1, 0], [0, 0, 0, nan], [0, 1, 0, 0]) },
    });
    expect(rankSwitched(evidence, 9).map(({ point, score, step }) => [point, score, step])).toEqual([
      [0, 2, 20],
      [1, 1, 30],
      [2, 1, 20],
    ]);
  });
});

describe("suspected label errors", () => {
  const labels = makeLabels(NAMES, [0, 0, 0, 1, 1, 1, null], null, 0);
  const agreement = rows([0.8, 0.9, 0.1, 0.5, 0.5, 0.4, 0]);

  it("sit among another class while their class does not", () => {
    const evidence = evidenceOf({ steps: [3], nPoints: 7, measures: { label_agreement: agreement }, labels });
    const found = rankMislabeled(evidence, 9);
    expect(found.map(({ point }) => point).slice(0, 2)).toEqual([2, 5]);
    expect(found.map(({ point }) => point)).not.toContain(6);
    expect(found[0]?.note).toContain("labeled cat; 10 % of its neighbors are");
  });

  it("are what the network takes for another class, the more confidently the worse", () => {
    const predicted = makeLabels(NAMES, [0, 0, 0, 1, 1, 1], ["cat", "dog"], 2);
    const evidence = evidenceOf({
      steps: [3, 4],
      nPoints: 6,
      measures: {
        prediction: rows([0, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]),
        confidence: rows([1, 0.6, 0.9, 1, 1, 1], [1, 1, 1, 1, 1, 1]),
      },
      labels: predicted,
    });
    const found = rankMislabeled(evidence, 9);
    expect(found.map(({ point, step }) => [point, step])[0]).toEqual([2, 3]);
    expect(found[0]?.note).toBe("labeled cat, taken for dog");
  });

  it("are not known without labels", () => {
    expect(rankMislabeled(evidenceOf({ steps: [0], measures: { label_agreement: agreement } }), 5)).toEqual(
      [],
    );
  });
});

describe("moments", () => {
  /** Ten points of each of three classes; the third is taken for the second until step 40. */
  const names = ["a", "b", "c"];
  const codes = Array.from({ length: 30 }, (_, i) => Math.floor(i / 10));
  const steps = [0, 10, 20, 30, 40, 50];
  const prediction = steps.map((step) =>
    Float32Array.from(codes, (code) => (step < 20 ? 0 : code === 2 && step < 40 ? 1 : code)),
  );
  const labels = makeLabels(names, codes, names, 3);
  const evidence = evidenceOf({ steps, nPoints: 30, measures: { prediction }, labels });

  it("tell when each class separated, once", () => {
    const found = findMoments(evidence, 20);
    const separations = found.filter(({ kind }) => kind === "separated");
    expect(separations.map(({ classes, step }) => [classes[0], step])).toEqual([
      [1, 20],
      [2, 40],
    ]);
    expect(separations[1]?.note).toBe("c separates (0 % → 100 %)");
  });

  it("tell when two classes merged, and when accuracy jumped", () => {
    const found = findMoments(evidence, 20);
    expect(found.find(({ kind }) => kind === "merged")).toMatchObject({ classes: [2, 1], step: 20 });
    const jumps = found.filter(({ kind }) => kind === "accuracy").map(({ step }) => step);
    expect(jumps.sort()).toEqual([20, 40]);
  });

  it("go by the picture where there are no predictions", () => {
    const frame = (apart: boolean) =>
      Uint16Array.from(codes.flatMap((code, i) => (apart ? [code * 20000 + i, 0] : [(i * 7919) % 60000, 0])));
    const positions = steps.map((step) => frame(step >= 30));
    const found = findMoments(evidenceOf({ steps, nPoints: 30, labels, positions }), 20);
    expect(found.filter(({ kind }) => kind === "accuracy")).toEqual([]);
    expect(found.every(({ step }) => step === 30)).toBe(true);
  });

  it("are none where nothing changes, is labeled, or was captured twice", () => {
    const still = evidenceOf({
      steps,
      nPoints: 30,
      measures: { prediction: steps.map(() => prediction[0] ?? new Float32Array()) },
      labels,
    });
    expect(findMoments(still, 9)).toEqual([]);
    expect(findMoments({ ...evidence, labels: null }, 9)).toEqual([]);
    expect(findMoments({ ...evidence, steps: [0] }, 9)).toEqual([]);
  });

  it("compare means over two steps, so that one odd step is none", () => {
    expect(jumpsOf([0, 0, 1, 1]).map((jump) => Number(jump.toFixed(2)))).toEqual([0, 0.5, 1, 0.5]);
    expect(Math.max(...jumpsOf([0, 0, 0, 1, 0, 0]))).toBeLessThanOrEqual(0.5);
    expect(jumpsOf([Number.NaN, Number.NaN, 1])).toEqual([0, 0, 0]);
  });
});
