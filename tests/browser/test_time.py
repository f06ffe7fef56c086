"""The timeline and the curves on its axis, against the files that they show."""

import json
import urllib.request

import pytest

from tb_embed_plugin import open_series
from tests.browser.conftest import STEPS, open_tab

AXIS_INSET = 8
"""CSS pixels between the timeline's edge and the axis' end."""


@pytest.fixture
def tab(page, address):
    frame = open_tab(page, address)
    frame.get_by_label("Tag").select_option("fc1")
    frame.locator(f'canvas[data-frames-loaded="{len(STEPS)}"]').wait_for()
    frame.locator(".plot").first.wait_for()
    return frame


def current_step(frame) -> str:
    return frame.get_by_test_id("current-step").inner_text()


def place_on_axis(frame, fraction: float) -> dict[str, float]:
    box = frame.locator(".plots").bounding_box()
    return {"x": AXIS_INSET + fraction * (box["width"] - 2 * AXIS_INSET), "y": 30}


def test_curves_show_their_values_at_the_playhead_and_under_the_pointer(tab, trained):
    quality = open_series(str(trained / "run1"), "fc1").open_layout("tsne").quality
    tab.get_by_role("button", name="Last step").click()
    value = tab.locator('[data-measure="neighborhood_preservation"] b')
    tab.get_by_text(f"{quality['neighborhood_preservation'][-1]:.3f}", exact=True).wait_for()
    tab.locator(".plots").hover(position=place_on_axis(tab, 0.26))
    tab.get_by_text(f"{quality['neighborhood_preservation'][1]:.3f}", exact=True).wait_for()
    assert value.inner_text() == f"{quality['neighborhood_preservation'][1]:.3f}"


def test_losses_that_keras_counts_in_epochs_stand_at_training_steps(tab, trained, address):
    url = f"{address}/data/plugin/training_evolution/scalars?run=run1"
    scalars = json.load(urllib.request.urlopen(url))["scalars"]
    (losses,) = [curve["values"] for curve in scalars if curve["tag"] == "epoch_loss"]
    assert len(losses) == 4
    loss = tab.locator('[data-measure="scalar:train/epoch_loss"] b')
    tab.get_by_role("button", name="Last step").click()
    # Were epochs taken for steps, all losses would stand near step 0 and none but the last be shown there.
    assert float(loss.inner_text()) == pytest.approx(losses[-1], rel=1e-3)
    tab.get_by_role("button", name="First step").click()
    assert float(loss.inner_text()) == pytest.approx(losses[0], rel=1e-3)
    places = tab.locator('.plot[data-plot="epoch_loss"]').get_attribute("data-steps")
    steps = [float(step) for step in places.split(",")]
    # The last epoch ends with the last capture, the first one about a quarter of the way there.
    assert steps == sorted(steps)
    assert steps[-1] > 50


def test_a_click_on_the_curves_jumps_to_the_step_that_is_nearest_there(tab):
    tab.locator(".plots").click(position=place_on_axis(tab, 0.8))
    assert current_step(tab).startswith("step 75")
    tab.locator(".plots").click(position=place_on_axis(tab, 0.1))
    assert current_step(tab).startswith("step 0")


def test_the_timeline_spaces_steps_as_training_did_or_evenly(tab):
    slider = tab.get_by_role("slider", name="Step")
    assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("0", str(STEPS[-1]))
    slider.fill("50")
    assert current_step(tab).startswith("step 50")
    tab.get_by_label("Even steps").check()
    assert slider.get_attribute("max") == str(len(STEPS) - 1)
    assert current_step(tab).startswith("step 50")
    slider.fill("3")
    assert current_step(tab).startswith("step 75")


def test_the_user_chooses_which_curves_show(tab):
    tab.get_by_text("Curves", exact=True).click()
    tab.get_by_role("checkbox", name="trustworthiness").uncheck()
    tab.locator('.charts [data-measure="trustworthiness"]').wait_for(state="detached")
    assert tab.locator('.charts [data-measure="neighborhood_preservation"]').count() == 1
    tab.get_by_label("Show curves").uncheck()
    tab.locator(".plots").wait_for(state="detached")
