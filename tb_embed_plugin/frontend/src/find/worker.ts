import type { Evidence, Findings } from "./evidence";
import { findAll } from "./findings";

/** What the page asks of the worker, and what it answers. */
export interface FindRequest {
  id: number;
  evidence: Evidence;
  count: number;
}

export interface FindReply {
  id: number;
  findings: Findings;
}

self.addEventListener("message", ({ data }: MessageEvent<FindRequest>) => {
  const reply: FindReply = { id: data.id, findings: findAll(data.evidence, data.count) };
  self.postMessage(reply);
});
