import type { Evidence, Findings } from "./evidence";
import type { FindReply, FindRequest } from "./worker";

interface Waiting {
  resolve: (findings: Findings) => void;
  reject: (error: Error) => void;
}

/** Looks for findings in a worker of its own: at 10,000 points × 50 steps it takes longer than a frame. */
export class Finder {
  #worker: Worker | null = null;
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting>();

  find(evidence: Evidence, count: number): Promise<Findings> {
    const id = this.#nextId++;
    const request: FindRequest = { id, evidence, count };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#start().postMessage(request);
    });
  }

  destroy(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting.clear();
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./find_worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<FindReply>) => {
      this.#waiting.get(data.id)?.resolve(data.findings);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener("error", (event) => {
      const error = new Error(event.message || "The worker that looks for findings could not be started.");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.destroy();
    });
    this.#worker = worker;
    return worker;
  }
}
