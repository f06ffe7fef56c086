"""The timeline and the curves on its axis, against the files that they show."""

import json
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from tb_embed_plugin import open_series
from tests.browser.conftest import STEPS, open_tab

AXIS_INSET = 8
"""CSS pixels between the timeline's edge and the axis' end."""


N_EPOCHS = 4


@pytest.fixture
def tab(page, address):
    return open_fc1(page, address)


def open_fc1(page, address):
    frame = open_tab(page, address)
    frame.get_by_label("Tag").select_option("fc1")
    frame.locator(f'canvas[data-frames-loaded="{len(STEPS)}"]').wait_for()
    frame.locator(".plot").first.wait_for()
    return frame


def expect_step(frame, step: int) -> None:
    expect(frame.get_by_test_id("current-step")).to_have_text(f"step {step}")


def place_on_axis(frame, fraction: float) -> dict[str, float]:
    box = frame.locator(".plots").bounding_box()
    return {"x": AXIS_INSET + fraction * (box["width"] - 2 * AXIS_INSET), "y": 30}


def test_curves_show_their_values_at_the_playhead_and_under_the_pointer(tab, trained):
    quality = open_series(str(trained / "run1"), "fc1").open_layout("tsne").quality
    tab.get_by_role("button", name="Last step").click()
    value = tab.locator('[data-measure="neighborhood_preservation"] b')
    expect(value).to_have_text(f"{quality['neighborhood_preservation'][-1]:.3f}")
    tab.locator(".plots").hover(position=place_on_axis(tab, 0.26))
    expect(value).to_have_text(f"{quality['neighborhood_preservation'][1]:.3f}")


def read_losses(address: str) -> list[float]:
    """The loss of each epoch, once TensorBoard has read its event files."""
    url = f"{address}/data/plugin/training_evolution/scalars?run=run1"
    for _ in range(120):
        scalars = json.load(urllib.request.urlopen(url))["scalars"]
        found = [curve["values"] for curve in scalars if curve["tag"] == "epoch_loss"]
        if found and len(found[0]) == N_EPOCHS:
            return found[0]
        time.sleep(0.5)
    pytest.fail(f"TensorBoard shows no loss of {N_EPOCHS} epochs: {scalars}")


def test_losses_that_keras_counts_in_epochs_stand_at_training_steps(address, page):
    losses = read_losses(address)
    tab = open_fc1(page, address)
    loss = tab.locator('[data-measure="scalar:train/epoch_loss"] b')
    tab.get_by_role("button", name="Last step").click()
    expect(loss).to_have_text(f"{losses[-1]:.4g}")
    places = tab.locator('.plot[data-plot="epoch_loss"]').get_attribute("data-steps")
    steps = [int(step) for step in places.split(",")]
    # Taken for steps, epochs would stand at 0, 1, 2, 3; the last one ended after the last capture but one.
    assert steps == sorted(steps)
    assert steps[-1] >= STEPS[-2]
    # Before the first epoch's end there is none.
    tab.get_by_role("button", name="First step").click()
    expect_step(tab, 0)
    for step in STEPS:
        nearest = min(zip(steps, losses, strict=True), key=lambda place: (abs(place[0] - step), -place[0]))
        expect(loss).to_have_text(f"{nearest[1]:.4g}" if step >= steps[0] else "\N{EN DASH}")
        tab.get_by_role("button", name="Next step").click()


def test_a_click_on_the_curves_jumps_to_the_step_that_is_nearest_there(tab):
    tab.locator(".plots").click(position=place_on_axis(tab, 0.8))
    expect_step(tab, 75)
    tab.locator(".plots").click(position=place_on_axis(tab, 0.1))
    expect_step(tab, 0)


def test_the_timeline_spaces_steps_as_training_did_or_evenly(tab):
    slider = tab.get_by_role("slider", name="Step")
    assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("0", str(STEPS[-1]))
    slider.fill("50")
    expect_step(tab, 50)
    tab.get_by_label("Even steps").check()
    assert slider.get_attribute("max") == str(len(STEPS) - 1)
    expect_step(tab, 50)
    slider.fill("3")
    expect_step(tab, 75)


def test_the_user_chooses_which_curves_show(tab):
    tab.get_by_text("Curves", exact=True).click()
    tab.get_by_role("checkbox", name="trustworthiness").uncheck()
    tab.locator('.charts [data-measure="trustworthiness"]').wait_for(state="detached")
    assert tab.locator('.charts [data-measure="neighborhood_preservation"]').count() == 1
    tab.get_by_label("Show curves").uncheck()
    tab.locator(".plots").wait_for(state="detached")
