"""Makes this folder's images from a log directory of demo/run: python -m docs.make_images logs."""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, open_tab, tensorboard

HERE = Path(__file__).parent
TAG = "fc1"


def shoot(page: Page, address: str, *, is_dark: bool) -> list[Image.Image]:
    """Screenshots of the tab at the first, a middle and the last step."""
    frame = open_tab(page, address)
    page.evaluate("dark => document.body.classList.toggle('dark-mode', dark)", is_dark)
    frame.get_by_label("Tag").select_option(TAG)
    page.wait_for_timeout(1500)
    n_frames = int(frame.locator("canvas[data-renderer]").get_attribute("data-frames-loaded") or 0)
    images = []
    for index in (0, n_frames // 2, n_frames - 1):
        frame.get_by_role("slider", name="Step").fill(str(index))
        frame.get_by_role("slider", name="Step").blur()
        page.wait_for_timeout(500)
        images.append(Image.open(io.BytesIO(page.screenshot())))
    return images


def main(log_dir: str) -> None:
    """Writes first_look.png: the three stages side by side; and the whole tab, light and dark."""
    with sync_playwright() as playwright, tensorboard("--logdir", log_dir, cwd=Path.cwd()) as address:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 760})
        light = shoot(page, address, is_dark=False)
        dark = shoot(page, address, is_dark=True)
        browser.close()
    # The stage without the side panel and TensorBoard's bar.
    stages = [image.crop((252, 64, image.width, image.height)) for image in light]
    width, height = stages[0].size
    strip = Image.new("RGB", (width * len(stages), height), "white")
    for index, stage in enumerate(stages):
        strip.paste(stage, (index * width, 0))
    strip.resize((strip.width // 2, strip.height // 2), Image.Resampling.LANCZOS).save(HERE / "first_look.png")
    light[-1].convert("RGB").save(HERE / "tab_light.png")
    dark[-1].convert("RGB").save(HERE / "tab_dark.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
