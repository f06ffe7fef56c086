/** Keys work from the start, where nothing else of TensorBoard's page has the focus: somebody may be typing there. */
export function takeIdleFocus(): void {
  try {
    const { activeElement, body } = window.parent.document;
    if (activeElement === null || activeElement === body) window.focus();
  } catch {
    // A parent of another origin keeps its focus.
  }
}
