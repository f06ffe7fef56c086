import type { RendererChoice } from "../stage/choose_renderer";

/** Choices that outlive the page. Storage can be forbidden, in which case they last as long as the page. */

const PREFIX = "training_evolution.";

export function readSetting(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // The choice holds until the page closes; there is nothing that the user could do about it.
  }
}

export function readRendererChoice(): RendererChoice {
  const stored = readSetting("renderer");
  return stored === "webgl" || stored === "canvas2d" ? stored : "auto";
}

export function writeRendererChoice(choice: RendererChoice): void {
  writeSetting("renderer", choice);
}
