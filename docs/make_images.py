"""Makes this folder's images from a log directory of demo/run: python -m docs.make_images logs."""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, open_tab, tensorboard

HERE = Path(__file__).parent
TAG = "fc1"

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


def shoot(page: Page, address: str) -> tuple[list[Image.Image], Box]:
    """Screenshots of the tab at the first, a middle and the last step, and where in them the stage is, with the step's name."""
    frame = open_tab(page, address)
    frame.get_by_label("Tag").select_option(TAG)
    page.wait_for_timeout(1500)
    n_frames = int(frame.locator("canvas[data-renderer]").get_attribute("data-frames-loaded") or 0)
    images = []
    frame.get_by_role("button", name="First step").click()
    for index in range(n_frames):
        if index in (0, n_frames // 2, n_frames - 1):
            page.wait_for_timeout(500)
            images.append(Image.open(io.BytesIO(page.screenshot())))
        frame.get_by_role("button", name="Next step").click()
    stage = frame.locator("canvas[data-renderer]").bounding_box()
    buttons = frame.get_by_role("button", name="Play").bounding_box()
    assert stage is not None
    assert buttons is not None
    bottom = buttons["y"] + buttons["height"] + 4
    return images, (round(stage["x"]), round(stage["y"]), round(stage["x"] + stage["width"]), round(bottom))


def main(log_dir: str) -> None:
    """Writes first_look.png: the stage at three steps, side by side; and tab.png."""
    with sync_playwright() as playwright, tensorboard("--logdir", log_dir, cwd=Path.cwd()) as address:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        tabs, box = shoot(page, address)
        browser.close()
    stages = [tab.crop(box) for tab in tabs]
    width, height = stages[0].size
    strip = Image.new("RGB", (width * len(stages), height), "white")
    for index, stage in enumerate(stages):
        strip.paste(stage, (index * width, 0))
    strip.resize((strip.width // 2, strip.height // 2), Image.Resampling.LANCZOS).save(HERE / "first_look.png")
    tabs[-1].convert("RGB").save(HERE / "tab.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
