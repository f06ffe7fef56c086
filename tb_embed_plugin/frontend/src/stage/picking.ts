import { tweenPoint } from "./tween";
import type { PixelTransform } from "./viewport";

/** What is drawn, as far as a point's place goes. */
export interface DrawnPoints {
  from: Uint16Array;
  to: Uint16Array;
  mix: number;
  transform: PixelTransform;
  /** Points of zero here are in the background and are not picked. */
  isEmphasized: Uint8Array;
}

/** The drawn point nearest to a CSS pixel, within `reach` CSS pixels; of equally near ones the first. */
export function pickNearest(drawn: DrawnPoints, px: number, py: number, reach: number): number | null {
  const { from, to, mix, transform, isEmphasized } = drawn;
  const { scaleX, scaleY, shiftX, shiftY } = transform;
  const place = { x: 0, y: 0 };
  let nearest: number | null = null;
  let best = reach * reach;
  for (let point = 0; point < isEmphasized.length; point++) {
    if (!isEmphasized[point] || !tweenPoint(from, to, mix, point, place)) continue;
    const dx = place.x * scaleX + shiftX - px;
    const dy = place.y * scaleY + shiftY - py;
    const distance = dx * dx + dy * dy;
    if (distance < best || (distance === best && nearest === null)) {
      best = distance;
      nearest = point;
    }
  }
  return nearest;
}

/** Where a point is drawn, in CSS pixels; null where it is not. */
export function placeOf(drawn: DrawnPoints, point: number): { x: number; y: number } | null {
  const place = { x: 0, y: 0 };
  if (!tweenPoint(drawn.from, drawn.to, drawn.mix, point, place)) return null;
  const { scaleX, scaleY, shiftX, shiftY } = drawn.transform;
  return { x: place.x * scaleX + shiftX, y: place.y * scaleY + shiftY };
}
