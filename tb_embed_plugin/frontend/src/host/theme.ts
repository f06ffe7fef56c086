import type { Theme } from "../color/palette";

const DARK_CLASS = "dark-mode";

/** Follows TensorBoard's theme, which it does not pass on: its page has the same origin, so we look. */
export function watchTheme(onChange: (theme: Theme) => void): () => void {
  const body = parentBody();
  if (!body) {
    onChange(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    return () => undefined;
  }
  const report = () => onChange(body.classList.contains(DARK_CLASS) ? "dark" : "light");
  const observer = new MutationObserver(report);
  observer.observe(body, { attributes: true, attributeFilter: ["class"] });
  report();
  return () => observer.disconnect();
}

function parentBody(): HTMLElement | null {
  try {
    return window.parent === window ? null : window.parent.document.body;
  } catch {
    // A parent of another origin is not TensorBoard, and may not be read.
    return null;
  }
}
