/** In CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** CSS pixels kept free around the extent when everything is shown. */
export const PADDING = 24;
