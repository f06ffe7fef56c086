"""The view of units, what they would like to see, and guests in a layout: one TensorBoard, one visit."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_embed_plugin import open_series
from tb_embed_plugin.cli import main
from tests.browser.conftest import STEPS, open_tab, tensorboard_for


@pytest.fixture
def tab(page, log_dir, tmp_path):
    series = open_series(str(log_dir / "run1"), "fc1")
    np.save(tmp_path / "guests.npy", series.read_snapshot(STEPS[-1]).activations[:7])
    placed = ["--method", "pca", "--place", str(tmp_path / "guests.npy")]
    assert main(["layout", str(log_dir), "--tag", "fc1", "--quiet", *placed]) == 0
    with tensorboard_for(page, "--logdir", str(log_dir)) as address:
        frame = open_tab(page, address)
        frame.get_by_label("Tag", exact=True).select_option("fc1")
        yield frame


def drawn(tab, step: int, order: str = "unit"):
    """The heat map, once it is that of a step."""
    canvas = tab.locator(f'canvas[data-drawn^="{step} {order} "]')
    canvas.wait_for()
    return canvas.evaluate("canvas => canvas.toDataURL()")


def test_fingerprints_follow_the_timeline_beside_ideal_inputs_and_guests_are_in_the_picture(tab, page):
    tab.get_by_label("Layout", exact=True).select_option("pca")
    tab.get_by_role("button", name="Last step").click()
    # Placed at the last step, so they are there and nowhere else.
    tab.locator('svg[data-guests="7"]').wait_for()
    tab.get_by_role("button", name="First step").click()
    tab.locator('svg[data-guests="0"]').wait_for(state="attached")

    tab.get_by_role("button", name="Fingerprints").click()
    first = drawn(tab, STEPS[0])
    expect(tab.get_by_test_id("fingerprints-facts")).to_contain_text("32 of 32 units · 300 points")
    ideal = tab.get_by_label("Ideal inputs", exact=True)
    expect(ideal).to_have_attribute("data-step", str(STEPS[0]))
    assert ideal.get_by_role("img", name=re.compile("Ideal input of")).count() == 10
    assert ideal.get_by_role("img", name=re.compile("Mean of class")).count() == 10
    faint = ideal.get_by_role("img", name="Ideal input of 3").evaluate("canvas => canvas.toDataURL()")

    tab.get_by_role("button", name="Last step").click()
    assert drawn(tab, STEPS[-1]) != first
    expect(ideal).to_have_attribute("data-step", str(STEPS[-1]))
    assert ideal.get_by_role("img", name="Ideal input of 3").evaluate("canvas => canvas.toDataURL()") != faint
    unsorted = drawn(tab, STEPS[-1])
    tab.get_by_label("Units by").select_option("selectivity")
    assert drawn(tab, STEPS[-1], "selectivity") != unsorted
    tab.locator("canvas.heat-map-canvas").hover(position={"x": 40, "y": 40})
    expect(tab.locator("figcaption").first).to_contain_text(re.compile(r"Unit \d+, point \d+ \(\d\): .* selectivity"))
    expect(tab.get_by_role("region", name="Loss")).to_be_visible()
    with page.expect_download() as download:
        tab.get_by_role("button", name="Save PNG").click()
    assert download.value.suggested_filename == f"fingerprints-fc1-{STEPS[-1]}.png"

    tab.get_by_role("button", name="Layout", exact=True).click()
    tab.locator("canvas[data-renderer]").wait_for()


def test_fingerprints_need_no_layout(page, log_dir):
    for folder in log_dir.glob("run1/plugins/training_evolution/*/layouts/*"):
        folder.rename(log_dir / f"{folder.parent.parent.name}-{folder.name}")
    with tensorboard_for(page, "--logdir", str(log_dir)) as address:
        page.goto(f"{address}/#training_evolution")
        frame = page.frame_locator('iframe[src*="plugin_entry"]')
        frame.locator('[data-state="no-layout"]').wait_for()
        frame.get_by_role("button", name="Fingerprints").click()
        frame.get_by_label("Captured step").fill("2")
        frame.locator(f'canvas[data-drawn^="{STEPS[2]} "]').wait_for()
