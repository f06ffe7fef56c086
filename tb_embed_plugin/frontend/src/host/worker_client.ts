interface Waiting<Reply> {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

/** What goes to a worker and what comes back carry the number of the question. */
export interface Numbered<Content> {
  id: number;
  content: Content;
}

/** Asks a worker that lives in a file of its own beside this one; it is started at the first question. */
export class WorkerClient<Question, Reply> {
  readonly #file: string;
  #worker: Worker | null = null;
  #nextId = 0;
  readonly #waiting = new Map<number, Waiting<Reply>>();

  constructor(file: string) {
    this.#file = file;
  }

  ask(content: Question): Promise<Reply> {
    const id = this.#nextId++;
    const question: Numbered<Question> = { id, content };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#start().postMessage(question);
    });
  }

  destroy(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting.clear();
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL(this.#file, import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Numbered<Reply>>) => {
      this.#waiting.get(data.id)?.resolve(data.content);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener("error", (event) => {
      const error = new Error(event.message || `The worker ${this.#file} could not be started.`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.destroy();
    });
    this.#worker = worker;
    return worker;
  }
}
