import { guessClasses } from "./class_guesses";
import { type Evidence, type Labels, type Moment, NONE } from "./evidence";

/** Jumps lower than this are everyday fluctuation. */
const MIN_JUMP = 0.1;

/** Steps before and after a moment whose means are compared: one odd step is no moment. */
const WINDOW = 2;

/** What happened to the classes, most remarkable first: a class separated, two merged, accuracy jumped. */
export function findMoments(evidence: Evidence, count: number): Moment[] {
  const { labels } = evidence;
  if (!labels || evidence.steps.length < 2) return [];
  const taken = shareMatrices(labels, guessClasses(evidence, labels));
  const found = [
    ...findSeparations(evidence, labels, taken),
    ...findMergers(evidence, labels, taken),
    ...findAccuracyJumps(evidence, labels),
  ];
  found.sort((a, b) => b.score - a.score || a.step - b.step);
  return found.slice(0, count);
}

/** By step: what share of each class is taken for each class, row by row; null where no guess is known. */
type ShareMatrix = Float32Array | null;

function shareMatrices({ names, codes }: Labels, guesses: readonly (Int16Array | null)[]): ShareMatrix[] {
  const n = names.length;
  return guesses.map((guess) => {
    if (!guess) return null;
    const [shares, sizes] = [new Float32Array(n * n), new Int32Array(n)];
    for (let i = 0; i < codes.length; i++) {
      const [code, other] = [codes[i] ?? NONE, guess[i] ?? NONE];
      if (code === NONE || other === NONE) continue;
      shares[n * code + other] = (shares[n * code + other] ?? 0) + 1;
      sizes[code] = (sizes[code] ?? 0) + 1;
    }
    return shares.map((share, k) => share / (sizes[Math.floor(k / n)] || 1));
  });
}

/**
 * When each class separated: how well it stands apart at a step is the mean of the share of it that is taken for what it
 * is and of its points' agreement with their neighbors. Classes that all learn at once do so at every start of a
 * training: a class is remarkable by what it does and the others (their median) do not.
 */
function findSeparations(evidence: Evidence, labels: Labels, taken: readonly ShareMatrix[]): Moment[] {
  const n = labels.names.length;
  const apart = labels.names.map((_, c) => {
    const agreement = meanByStep(evidence.measures.label_agreement, labels, c, evidence.steps.length);
    return evidence.steps.map((_, t) => meanOfKnown([taken[t]?.[n * c + c], agreement[t]]));
  });
  const jumps = apart.map(jumpsOf);
  return labels.names.flatMap((name, c): Moment[] => {
    const own = jumps[c] ?? [];
    const remarkable = own.map(
      (jump, t) =>
        jump - Math.max(0, median(jumps.flatMap((others, other) => (other === c ? [] : [others[t] ?? 0])))),
    );
    const t = indexOfGreatest(remarkable);
    const score = remarkable[t] ?? 0;
    if (score < MIN_JUMP) return [];
    const [before, after] = [apart[c]?.[t - 1] ?? 0, apart[c]?.[t] ?? 0];
    return [
      {
        kind: "separated",
        classes: [c],
        step: evidence.steps[t] ?? 0,
        score,
        note: `${name} separates (${percent(before)} → ${percent(after)})`,
      },
    ];
  });
}

/** When points of one class came to be taken for another. */
function findMergers(evidence: Evidence, labels: Labels, taken: readonly ShareMatrix[]): Moment[] {
  const n = labels.names.length;
  return labels.names.flatMap((name, a) =>
    labels.names.flatMap((other, b): Moment[] => {
      if (a === b) return [];
      const shares = taken.map((matrix) => matrix?.[n * a + b] ?? Number.NaN);
      const jumps = jumpsOf(shares);
      const t = indexOfGreatest(jumps);
      const score = jumps[t] ?? 0;
      if (score < MIN_JUMP) return [];
      const after = shares[t] ?? 0;
      return [
        {
          kind: "merged",
          classes: [a, b],
          step: evidence.steps[t] ?? 0,
          score,
          note: `${name} merges into ${other} (${percent(after)} taken for it)`,
        },
      ];
    }),
  );
}

/** When the share of points whose predicted class is their label jumped: each rise, once. */
function findAccuracyJumps(evidence: Evidence, labels: Labels): Moment[] {
  const rows = evidence.measures.prediction;
  if (!rows) return [];
  const accuracy = rows.map((row) => {
    let [right, known] = [0, 0];
    for (let i = 0; i < labels.codes.length; i++) {
      const [code, predicted] = [labels.codes[i] ?? NONE, row[i] ?? Number.NaN];
      if (code === NONE || Number.isNaN(predicted)) continue;
      known++;
      if (labels.ofPrediction[predicted] === code) right++;
    }
    return known > 0 ? right / known : Number.NaN;
  });
  const jumps = jumpsOf(accuracy);
  return jumps.flatMap((score, t): Moment[] => {
    // Of a rise that takes several steps, the steepest.
    const isPeak = score >= MIN_JUMP && score >= (jumps[t - 1] ?? 0) && score > (jumps[t + 1] ?? 0);
    if (!isPeak) return [];
    const note = `accuracy jumps (${percent(accuracy[t - 1] ?? 0)} → ${percent(accuracy[t] ?? 0)})`;
    return [{ kind: "accuracy", classes: [], step: evidence.steps[t] ?? 0, score, note }];
  });
}

/** By step: how much higher the values are from there on than before, over a window; 0 at the first. */
export function jumpsOf(values: readonly number[]): number[] {
  return values.map((_, t) => {
    if (t === 0) return 0;
    const before = meanOfKnown(values.slice(Math.max(0, t - WINDOW), t));
    const after = meanOfKnown(values.slice(t, t + WINDOW));
    const jump = after - before;
    return Number.isNaN(jump) ? 0 : jump;
  });
}

function meanByStep(
  rows: readonly Float32Array[] | undefined,
  { codes }: Labels,
  ofClass: number,
  nSteps: number,
): number[] {
  return Array.from({ length: nSteps }, (_, t) => {
    const row = rows?.[t];
    if (!row) return Number.NaN;
    let [sum, known] = [0, 0];
    for (let i = 0; i < codes.length; i++) {
      const value = row[i] ?? Number.NaN;
      if (codes[i] !== ofClass || Number.isNaN(value)) continue;
      sum += value;
      known++;
    }
    return known > 0 ? sum / known : Number.NaN;
  });
}

function meanOfKnown(values: readonly (number | undefined)[]): number {
  const known = values.filter((value): value is number => value !== undefined && !Number.isNaN(value));
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : Number.NaN;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function indexOfGreatest(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? 0) ? i : best), 0);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
