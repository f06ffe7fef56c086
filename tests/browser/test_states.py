"""Each state of a series says what it is and what to do, and makes way for the next."""

import numpy as np
import pytest

from tb_embed_plugin import ProbeSet, SeriesWriter, open_series
from tb_embed_plugin.cli import main
from tb_embed_plugin.store.layout_status import clear_progress, write_failure, write_progress
from tests.browser.conftest import open_tab, tensorboard_for

N_POINTS = 40


@pytest.fixture
def series(tmp_path):
    """Three snapshots of noise, not laid out."""
    rng = np.random.default_rng(0)
    labels = np.arange(N_POINTS) % 4
    writer = SeriesWriter(tmp_path / "run1", "fc1", ProbeSet(n_points=N_POINTS, labels=labels))
    for step in (0, 10, 20):
        writer.write_snapshot(step, rng.normal(size=(N_POINTS, 6)).astype(np.float32))
    return open_series(str(tmp_path / "run1"), "fc1")


def test_a_series_goes_from_capturing_over_laying_out_and_failing_to_a_picture(page, series, tmp_path):
    with tensorboard_for(page, "--logdir", str(tmp_path)) as address:
        page.goto(f"{address}/#training_evolution")
        frame = page.frame_locator('iframe[src*="plugin_entry"]')
        frame.get_by_role("heading", name="Capturing").wait_for()
        frame.get_by_text("3 steps have been captured").wait_for()
        frame.get_by_text(f"tb-embed layout {tmp_path}").wait_for()

        write_progress(series.path, "tsne", "descent", 30, 100)
        page.locator("app-header-reload button").click()
        frame.get_by_role("heading", name="Laying out").wait_for()
        frame.get_by_text("tsne: descent").wait_for()
        frame.get_by_text("30 %").wait_for()
        # From here on the tab asks by itself.
        write_progress(series.path, "tsne", "descent", 60, 100)
        frame.get_by_text("60 %").wait_for()

        clear_progress(series.path, "tsne")
        write_failure(series.path, "tsne", "the memory was full")
        frame.get_by_role("heading", name="The layout failed").wait_for()
        assert "the memory was full" in frame.get_by_role("alert").inner_text()

        assert main(["layout", str(tmp_path), "--method", "pca", "--name", "tsne", "--quiet"]) == 0
        page.locator("app-header-reload button").click()
        frame.locator('[data-state="ready"]').wait_for()
        frame.locator('canvas[data-frames-loaded="3"]').wait_for()

        write_progress(series.path, "better", "affinities", 1, 4)
        page.locator("app-header-reload button").click()
        frame.get_by_text("better: affinities").wait_for()


def test_a_browser_without_webgl_draws_all_the_same_and_says_so(page, address):
    page.add_init_script("""
        const { getContext } = HTMLCanvasElement.prototype;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind.startsWith("webgl") ? null : getContext.call(this, kind, ...rest);
        };
    """)
    frame = open_tab(page, address)
    frame.locator('canvas[data-renderer="canvas2d"]').wait_for()
    frame.get_by_role("status").get_by_text("This browser offers no WebGL 2").wait_for()
