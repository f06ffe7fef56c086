import type { Evidence, Findings } from "./evidence";
import { findMoments } from "./moments";
import { rankChanged, rankMislabeled, rankMoved, rankSwitched } from "./rankings";

/** Everything that the tab finds; also what `benchmarks/find.py` measures. */
export function findAll(evidence: Evidence, count: number): Findings {
  return {
    mislabeled: rankMislabeled(evidence, count),
    moved: rankMoved(evidence, count),
    changed: rankChanged(evidence, count),
    switched: rankSwitched(evidence, count),
    moments: findMoments(evidence, count),
  };
}
