import { answerWith } from "../host/answer";
import { differenceOf, type Picture } from "./difference";

export interface CompareQuestion {
  first: Picture;
  second: Picture;
}

answerWith<CompareQuestion, Float32Array>(({ first, second }) => differenceOf(first, second));
