/** Hands a file to the browser's downloads. TensorBoard's policy lets blobs be saved, though not played. */
export function downloadBlob(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  document.body.append(link);
  link.click();
  link.remove();
  // Later, since the browser may not have begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Names become file names: what file systems refuse becomes a dash. */
export function toFileName(...parts: readonly string[]): string {
  return parts.join("-").replaceAll(/[^\w.-]+/g, "-");
}
