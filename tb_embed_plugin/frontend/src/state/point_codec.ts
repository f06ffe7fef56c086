/**
 * Point indices as short text. Stretches ("1a-1f.20", base 36) where they are few, else a bit per point (base64,
 * after "*"): whichever is shorter.
 */

const BITS = "*";

export function encodePoints(points: Uint32Array): string {
  const stretches: string[] = [];
  for (let i = 0; i < points.length; ) {
    const first = points[i] ?? 0;
    let last = first;
    while (++i < points.length && points[i] === last + 1) last++;
    stretches.push(first === last ? first.toString(36) : `${first.toString(36)}-${last.toString(36)}`);
  }
  const text = stretches.join(".");
  const nBytes = Math.ceil(((points[points.length - 1] ?? 0) + 1) / 8);
  return text.length <= Math.ceil((nBytes * 4) / 3) + 1 ? text : BITS + encodeBits(points, nBytes);
}

/** Returns ascending indices below `limit`; null where the text is none of ours. */
export function decodePoints(text: string, limit: number): Uint32Array | null {
  if (text === "") return new Uint32Array(0);
  const points = text.startsWith(BITS) ? decodeBits(text.slice(1)) : decodeStretches(text, limit);
  if (!points) return null;
  return Uint32Array.from(new Set(points.filter((point) => point < limit))).sort();
}

function decodeStretches(text: string, limit: number): number[] | null {
  const points: number[] = [];
  for (const stretch of text.split(".")) {
    const match = /^([0-9a-z]{1,6})(?:-([0-9a-z]{1,6}))?$/.exec(stretch);
    if (!match) return null;
    const first = Number.parseInt(match[1] ?? "", 36);
    const last = match[2] === undefined ? first : Number.parseInt(match[2], 36);
    // A long stretch in a forged link must not take long.
    for (let point = first; point <= Math.min(last, limit - 1); point++) points.push(point);
    if (points.length > 2 * limit) return null;
  }
  return points;
}

function encodeBits(points: Uint32Array, nBytes: number): string {
  const bytes = new Uint8Array(nBytes);
  for (const point of points) bytes[point >> 3] = (bytes[point >> 3] ?? 0) | (1 << (point & 7));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decodeBits(text: string): number[] | null {
  let binary: string;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  const points: number[] = [];
  for (let i = 0; i < binary.length; i++) {
    const byte = binary.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) points.push(8 * i + bit);
  }
  return points;
}
