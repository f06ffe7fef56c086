import { answerWith } from "../host/answer";
import type { Evidence, Findings } from "./evidence";
import { findAll } from "./findings";

export interface FindQuestion {
  evidence: Evidence;
  count: number;
}

answerWith<FindQuestion, Findings>(({ evidence, count }) => findAll(evidence, count));
