import type { Rgb, Theme } from "../color/palette";

interface StageColors {
  background: Rgb;
  foreground: Rgb;
  halo: Rgb;
  unsupported: Rgb;
}

/** Background and text color of the stage are as `theme.css` has them. */
export const STAGE_COLORS: Record<Theme, StageColors> = {
  light: {
    background: [255, 255, 255],
    foreground: [32, 33, 36],
    halo: [217, 48, 37],
    unsupported: [189, 193, 198],
  },
  dark: {
    background: [30, 31, 33],
    foreground: [241, 243, 244],
    halo: [255, 138, 128],
    unsupported: [84, 88, 94],
  },
};
