/** What is known of every point at every step of a layout: all that findings are made of. Any part may be absent. */
export interface Evidence {
  steps: readonly number[];
  nPoints: number;
  /** By measure: a row per step, a number per point; not a number where a point has none. */
  measures: Readonly<Record<string, readonly Float32Array[]>>;
  labels: Labels | null;
  /** Quantized positions: a frame per step (null where it is not loaded), `nDims` numbers per point. */
  positions: readonly (Uint16Array | null)[];
  nDims: number;
}

/** The class of every point: an index into `names`, or NONE. */
export interface Labels {
  names: readonly string[];
  codes: Int16Array;
  /** What the class that a measure `prediction` counts is among `names`, or NONE. */
  ofPrediction: Int16Array;
}

export const NONE = -1;

/** The measures that findings ask for. */
export const EVIDENCE_MEASURES = ["label_agreement", "neighborhood_change", "prediction", "confidence"];

/** A point, how remarkable it is, and the step that shows it best. */
export interface Finding {
  point: number;
  score: number;
  step: number;
  /** What is remarkable, in a few words. */
  note: string;
}

/** A step at which something happened to a class, two classes, or all points. */
export interface Moment {
  kind: "separated" | "merged" | "accuracy";
  /** Indices of classes: one, two (the first was taken for the second), or none. */
  classes: readonly number[];
  step: number;
  /** How remarkable: the height of the jump, 0…1. */
  score: number;
  note: string;
}

export interface Findings {
  mislabeled: Finding[];
  moved: Finding[];
  changed: Finding[];
  switched: Finding[];
  moments: Moment[];
}

export function makeLabels(
  names: readonly string[],
  codes: readonly (number | null)[],
  classNames: readonly string[] | null,
  nClasses: number,
): Labels {
  const indexOf = new Map(names.map((name, index) => [name, index]));
  const ofPrediction = Int16Array.from(
    { length: nClasses },
    (_, index) => indexOf.get(classNames?.[index] ?? String(index)) ?? NONE,
  );
  return {
    names,
    codes: Int16Array.from(codes, (code) => (names[code ?? NONE] === undefined ? NONE : (code ?? NONE))),
    ofPrediction,
  };
}

/** The points with the highest scores, highest first; of equal ones the first. Those without a score are left out. */
export function highest(scores: Float32Array, count: number): number[] {
  const points: number[] = [];
  for (let i = 0; i < scores.length; i++) if ((scores[i] ?? 0) > 0) points.push(i);
  points.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  return points.slice(0, count);
}
