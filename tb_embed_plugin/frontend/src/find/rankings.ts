import { type Evidence, type Finding, highest, NONE } from "./evidence";
import { relativeMovement } from "./relative_movement";

/** Ranked lists of points. Each function takes milliseconds at 1,000 points × 10 steps and grows in proportion. */

/** Points that changed their neighbors among the activations most, over all steps. */
export function rankChanged(evidence: Evidence, count: number): Finding[] {
  const rows = evidence.measures.neighborhood_change;
  if (!rows) return [];
  return rankSums(
    evidence,
    rows,
    count,
    (sum) => `${(sum / (rows.length - 1 || 1)).toFixed(2)} of its neighbors a step`,
  );
}

/** Points that moved most in the picture relative to those around them, over all steps. */
export function rankMoved(evidence: Evidence, count: number): Finding[] {
  const rows = relativeMovement(evidence);
  return rankSums(evidence, rows, count, (sum) => `${(100 * sum).toFixed(0)} % of the picture's width`);
}

/** Points whose predicted class changed: most often first, then most lately. */
export function rankSwitched(evidence: Evidence, count: number): Finding[] {
  const rows = evidence.measures.prediction;
  if (!rows) return [];
  const switches = new Float32Array(evidence.nPoints);
  const last = new Int32Array(evidence.nPoints).fill(NONE);
  for (let point = 0; point < evidence.nPoints; point++) {
    let before = Number.NaN;
    for (let t = 0; t < rows.length; t++) {
      const prediction = rows[t]?.[point] ?? Number.NaN;
      if (Number.isNaN(prediction)) continue;
      if (!Number.isNaN(before) && prediction !== before) {
        switches[point] = (switches[point] ?? 0) + 1;
        last[point] = t;
      }
      before = prediction;
    }
  }
  const order = switches.map((n, point) => (n > 0 ? n + (last[point] ?? 0) / (rows.length + 1) : 0));
  return highest(order, count).map((point) => {
    const [n, t] = [switches[point] ?? 0, last[point] ?? 0];
    const step = evidence.steps[t] ?? 0;
    return { point, score: n, step, note: `${n === 1 ? "once" : `${n} times`}, last at step ${step}` };
  });
}

/**
 * Points whose label is suspected to be wrong.
 *
 * At every step a point is the more suspicious, the fewer of its neighbors among the activations have its label, and
 * the more confidently the network says that it is of another class. A network learns what the classes have in common
 * before it learns exceptions by heart (Arpit et al. 2017), so all steps count alike, not only the last. What holds for
 * a whole class at a step, as for one that has not been learned yet, makes no point of it suspicious: the median of the
 * class is taken off.
 */
export function rankMislabeled(evidence: Evidence, count: number): Finding[] {
  const { labels, steps, nPoints } = evidence;
  if (!labels) return [];
  const scores = new Float32Array(nPoints);
  const peaks = new Float32Array(nPoints).fill(Number.NEGATIVE_INFINITY);
  const peakSteps = new Int32Array(nPoints);
  for (let t = 0; t < steps.length; t++) {
    const doubts = doubtsAt(evidence, t);
    if (!doubts) continue;
    const usual = medianByClass(doubts, labels.codes, labels.names.length);
    for (let point = 0; point < nPoints; point++) {
      const excess = (doubts[point] ?? Number.NaN) - (usual[labels.codes[point] ?? NONE] ?? 0);
      if (Number.isNaN(excess)) continue;
      scores[point] = (scores[point] ?? 0) + excess / steps.length;
      if (excess > (peaks[point] ?? 0)) {
        peaks[point] = excess;
        peakSteps[point] = t;
      }
    }
  }
  return highest(scores, count).map((point) => {
    const t = peakSteps[point] ?? 0;
    return { point, score: scores[point] ?? 0, step: steps[t] ?? 0, note: describeDoubt(evidence, point, t) };
  });
}

/** How much speaks against each point's label at a step, 0…1; null where nothing is known at that step. */
function doubtsAt({ measures, labels, nPoints }: Evidence, t: number): Float32Array | null {
  const agreement = measures.label_agreement?.[t];
  const prediction = measures.prediction?.[t];
  const confidence = measures.confidence?.[t];
  if (!labels || (!agreement && !prediction)) return null;
  const doubts = new Float32Array(nPoints);
  for (let point = 0; point < nPoints; point++) {
    const code = labels.codes[point] ?? NONE;
    if (code === NONE) {
      doubts[point] = Number.NaN;
      continue;
    }
    const among = agreement ? 1 - (agreement[point] ?? Number.NaN) : Number.NaN;
    const predicted = labels.ofPrediction[prediction?.[point] ?? NONE] ?? NONE;
    const isOther = predicted !== NONE && predicted !== code;
    const told = prediction ? (isOther ? (confidence?.[point] ?? 1) : 0) : Number.NaN;
    doubts[point] = Number.isNaN(among) ? told : Number.isNaN(told) ? among : (among + told) / 2;
  }
  return doubts;
}

function describeDoubt({ measures, labels }: Evidence, point: number, t: number): string {
  const parts: string[] = [];
  const own = labels?.names[labels.codes[point] ?? NONE];
  const predicted = labels?.names[labels.ofPrediction[measures.prediction?.[t]?.[point] ?? NONE] ?? NONE];
  if (predicted !== undefined && predicted !== own) parts.push(`labeled ${own}, taken for ${predicted}`);
  else parts.push(`labeled ${own}`);
  const agreement = measures.label_agreement?.[t]?.[point];
  if (agreement !== undefined && !Number.isNaN(agreement)) {
    parts.push(`${Math.round(100 * agreement)} % of its neighbors are`);
  }
  return parts.join("; ");
}

function medianByClass(values: Float32Array, codes: Int16Array, nClasses: number): Float32Array {
  const members: number[][] = Array.from({ length: nClasses }, () => []);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isNaN(value)) members[codes[i] ?? NONE]?.push(value);
  }
  return Float32Array.from(members, (values) => {
    const sorted = Float32Array.from(values).sort();
    return sorted[sorted.length >> 1] ?? 0;
  });
}

/** Ranks by the sum over all steps; the step is that of the largest part. */
function rankSums(
  { steps, nPoints }: Evidence,
  rows: readonly (Float32Array | null)[],
  count: number,
  describe: (sum: number) => string,
): Finding[] {
  const sums = new Float32Array(nPoints);
  const peaks = new Float32Array(nPoints);
  const peakSteps = new Int32Array(nPoints);
  rows.forEach((row, t) => {
    if (!row) return;
    for (let point = 0; point < nPoints; point++) {
      const value = row[point] ?? 0;
      if (!(value > 0)) continue;
      sums[point] = (sums[point] ?? 0) + value;
      if (value > (peaks[point] ?? 0)) {
        peaks[point] = value;
        peakSteps[point] = t;
      }
    }
  });
  return highest(sums, count).map((point) => {
    const score = sums[point] ?? 0;
    return { point, score, step: steps[peakSteps[point] ?? 0] ?? 0, note: describe(score) };
  });
}
