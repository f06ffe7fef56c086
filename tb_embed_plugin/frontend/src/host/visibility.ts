/**
 * TensorBoard hides a tab's iframe by style alone: the document inside still says that it is visible, and
 * animation frames go on.
 */
export function isTabVisible(): boolean {
  if (document.visibilityState === "hidden") return false;
  const frame = ownFrame();
  return frame?.checkVisibility?.({ visibilityProperty: true }) ?? true;
}

function ownFrame(): Element | null {
  try {
    return window.frameElement;
  } catch {
    // The parent has another origin.
    return null;
  }
}
