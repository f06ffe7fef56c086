import type { Numbered } from "./worker_client";

/** What a worker's file calls: answers every question of a `WorkerClient`. */
export function answerWith<Question, Reply>(answer: (question: Question) => Reply): void {
  self.addEventListener("message", ({ data }: MessageEvent<Numbered<Question>>) => {
    const reply: Numbered<Reply> = { id: data.id, content: answer(data.content) };
    self.postMessage(reply);
  });
}
