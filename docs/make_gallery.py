"""Makes gallery/, pictures of the tab, from a log directory that all demos have written to.

for name in raw_pixels autoencoder …; do demo/run $name --no-serve; done
tb-embed layout logs --run cnn_session-… --tag logits --dims 3 --name deep
python -m docs.make_gallery logs [NAME …]
"""

import io
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import FrameLocator, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, open_tab, tensorboard

GALLERY = Path(__file__).parent / "gallery"
SIZE = {"width": 1280, "height": 800}


def show_thumbnails(frame: FrameLocator) -> None:
    frame.get_by_label("Show as").select_option("thumbnails")


def find_word(frame: FrameLocator) -> None:
    """Searches for a word and selects it, so that the tab lists its nearest."""
    frame.get_by_label("Search metadata").fill("^oil$")
    frame.get_by_label("Regular expression").click()
    frame.get_by_role("button", name="Show all").click()
    frame.get_by_role("button", name="Select matches").click()


def open_fingerprints(frame: FrameLocator) -> None:
    frame.get_by_role("button", name="Fingerprints").click()
    frame.get_by_label("Units by").select_option("class")
    # Room for the ideal inputs.
    frame.locator("body").press("c")


def select_class(frame: FrameLocator) -> None:
    """One class, the way its points have come, and its make-up."""
    frame.get_by_label("Search metadata").fill("^4$")
    frame.get_by_role("button", name="Regular expression").click()
    frame.get_by_role("button", name="Show all").click()
    frame.get_by_role("button", name="Select matches").click()
    frame.get_by_role("button", name="Trails").click()


def open_panel(frame: FrameLocator, name: str) -> None:
    frame.locator(f'[data-panel="{name}"] .panel-title').click()


def open_second_pane(frame: FrameLocator) -> None:
    open_panel(frame, "compare")
    frame.get_by_role("button", name="Open a second pane").click()
    frame.locator('[aria-label="Second pane"][data-state="ready"]').wait_for()


def open_findings(frame: FrameLocator) -> None:
    open_panel(frame, "find")
    frame.locator(".finding").first.click()


@dataclass(frozen=True, kw_only=True)
class Shot:
    """What is shown of a demo's newest run: a series, a layout, and what is done to the tab before."""

    demo: str
    tag: str
    layout: str = "tsne"
    is_dark: bool = False
    prepare: Callable[[FrameLocator], None] | None = None


SHOTS = {
    "cnn_session": Shot(demo="cnn_session", tag="logits"),
    "word_vectors": Shot(demo="word_vectors", tag="vectors", prepare=find_word),
    "raw_pixels": Shot(demo="raw_pixels", tag="pixels", prepare=show_thumbnails),
    "text_classes": Shot(demo="text_classes", tag="text_vectors", layout="parametric"),
    "autoencoder": Shot(demo="autoencoder", tag="code", layout="pca"),
    "dense_activations": Shot(demo="dense_activations", tag="hidden"),
    "fingerprints": Shot(demo="fingerprints", tag="hidden", prepare=open_fingerprints),
    "depth": Shot(demo="cnn_session", tag="logits", layout="deep"),
    "selection": Shot(demo="fingerprints", tag="hidden", prepare=select_class),
    "compare": Shot(demo="autoencoder", tag="code", prepare=open_second_pane),
    "find": Shot(demo="fingerprints", tag="hidden", prepare=open_findings),
    "dark": Shot(demo="dense_activations", tag="hidden", is_dark=True),
}


def find_run(log_dir: Path, name: str) -> str:
    runs = [path for path in log_dir.iterdir() if path.name.startswith(f"{name}-")]
    if not runs:
        raise SystemExit(f"{log_dir} has no run of {name}. Make one: demo/run {name} --no-serve --logdir {log_dir}")
    return max(runs, key=lambda path: path.stat().st_mtime).name


def shoot(page: Page, address: str, run: str, shot: Shot) -> Image.Image:
    """Returns the tab at the last step."""
    frame = open_tab(page, address)
    page.evaluate("dark => document.body.classList.toggle('dark-mode', dark)", shot.is_dark)
    for label, choice in (("Run", run), ("Tag", shot.tag), ("Layout", shot.layout)):
        frame.get_by_label(label, exact=True).select_option(choice)
    frame.locator('[data-state="ready"]').wait_for()
    page.wait_for_timeout(2000)
    last = frame.get_by_role("button", name="Last step")
    # A single step is the last one.
    if last.is_enabled():
        last.click()
    if shot.prepare:
        shot.prepare(frame)
    page.wait_for_timeout(2000)
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def main(log_dir: str, *names: str) -> None:
    GALLERY.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tensorboard("--logdir", log_dir, cwd=Path.cwd()) as address:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for name in names or SHOTS:
            # A new context each: the tab remembers panels and choices.
            page = browser.new_context(viewport=SIZE).new_page()
            page.set_default_timeout(120_000)
            image = shoot(page, address, find_run(Path(log_dir), SHOTS[name].demo), SHOTS[name])
            image.save(GALLERY / f"{name}.png", optimize=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
