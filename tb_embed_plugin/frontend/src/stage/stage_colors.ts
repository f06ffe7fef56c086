import type { Rgb, Theme } from "../color/palette";

/** Background and text color of the stage, as `theme.css` has them, and of halos. */
export const STAGE_COLORS: Record<Theme, { background: Rgb; foreground: Rgb; halo: Rgb }> = {
  light: { background: [255, 255, 255], foreground: [32, 33, 36], halo: [217, 48, 37] },
  dark: { background: [30, 31, 33], foreground: [241, 243, 244], halo: [255, 138, 128] },
};
