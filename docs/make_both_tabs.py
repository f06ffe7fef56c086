"""Makes both_tabs.png, the same run in our tab and in the built-in Projector: python -m docs.make_both_tabs logs."""

import io
import json
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, open_tab, tensorboard

HERE = Path(__file__).parent
SIZE = (1000, 700)


def wait_for_projector(address: str) -> None:
    """The Projector says that it is there only after it has looked, and it looks when it is first asked."""
    for _ in range(300):
        with urllib.request.urlopen(f"{address}/data/plugins_listing") as reply:
            if json.load(reply)["projector"]["enabled"]:
                return
        time.sleep(1)
    raise SystemExit("The Projector found nothing to show.")


def shoot_projector(page: Page, address: str) -> Image.Image:
    """The Projector once its points are there."""
    page.goto(f"{address}/#projector")
    # It puts a frame of its own into that of its tab.
    frame = page.frame_locator('iframe[src*="name=projector"]').frame_locator("iframe")
    frame.get_by_text("Points:", exact=False).first.wait_for(timeout=300_000)
    # PCA and the thumbnails come a while later, and nothing tells when.
    page.wait_for_timeout(30_000)
    return Image.open(io.BytesIO(page.screenshot(timeout=120_000)))


def main(log_dir: str) -> None:
    """Writes the two side by side."""
    with sync_playwright() as playwright, tensorboard("--logdir", log_dir, cwd=Path.cwd()) as address:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        page.set_default_timeout(300_000)
        wait_for_projector(address)
        frame = open_tab(page, address)
        frame.get_by_role("button", name="Last step").click()
        page.wait_for_timeout(2000)
        ours = Image.open(io.BytesIO(page.screenshot(timeout=120_000)))
        projector = shoot_projector(page, address)
        browser.close()
    both = Image.new("RGB", (2 * SIZE[0] + 8, SIZE[1]), "white")
    both.paste(ours, (0, 0))
    both.paste(projector, (SIZE[0] + 8, 0))
    small = both.resize((both.width * 3 // 4, both.height * 3 // 4), Image.Resampling.LANCZOS)
    small.save(HERE / "both_tabs.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
