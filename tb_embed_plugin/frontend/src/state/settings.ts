import type { RendererChoice } from "../stage/choose_renderer";

const RENDERER_KEY = "training_evolution.renderer";

/** Storage can be forbidden, in which case choices last as long as the page. */
export function readRendererChoice(): RendererChoice {
  try {
    const stored = localStorage.getItem(RENDERER_KEY);
    return stored === "webgl" || stored === "canvas2d" ? stored : "auto";
  } catch {
    return "auto";
  }
}

export function writeRendererChoice(choice: RendererChoice): void {
  try {
    localStorage.setItem(RENDERER_KEY, choice);
  } catch {
    // The choice holds until the page closes; there is nothing that the user could do about it.
  }
}
