"""The panels "Find" and "Compare", on a real training."""

import json
import re
import urllib.parse

import numpy as np

from tb_embed_plugin import open_series
from tests.browser.conftest import N_POINTS, STEPS, open_tab


def open_panel(tab, name: str) -> None:
    title = tab.locator(f'[data-panel="{name}"] .panel-title')
    if title.get_attribute("aria-expanded") == "false":
        title.click()


def open_list(tab, label: str, name: str):
    """Opens one list of the panel "Find" and returns its entries."""
    open_panel(tab, "find")
    tab.get_by_label("List", exact=True).select_option(label=label)
    entries = tab.locator(f'[data-list="{name}"] .finding')
    entries.first.wait_for()
    return entries


def step_shown(tab) -> int:
    return int(re.search(r"step (\d+)", tab.get_by_test_id("current-step").inner_text())[1])


def open_second_pane(tab):
    open_panel(tab, "compare")
    tab.get_by_role("button", name="Open a second pane").click()
    pane = tab.get_by_label("Second pane")
    pane.locator("canvas[data-renderer]").wait_for()
    tab.locator('[aria-label="Second pane"][data-state="ready"]').wait_for()
    return pane


def test_an_entry_selects_its_point_and_jumps_to_its_step(page, address):
    tab = open_tab(page, address)
    entries = open_list(tab, "Moved most", "moved")
    entry = entries.nth(1)
    point, step = int(entry.get_attribute("data-point")), int(entry.get_attribute("data-step"))
    assert 0 <= point < N_POINTS
    assert step in STEPS[1:]
    entry.click()
    tab.get_by_test_id("selected-count").get_by_text("1 point").wait_for()
    tab.get_by_test_id("current-step").get_by_text(f"step {step}").wait_for()
    assert step_shown(tab) == step
    assert tab.locator('[data-panel="selection"]').get_by_text(str(point), exact=True).count() > 0


def test_what_moved_most_moved_far(page, address, trained):
    tab = open_tab(page, address)
    points = [int(entry.get_attribute("data-point")) for entry in open_list(tab, "Moved most", "moved").all()]
    tag = tab.get_by_label("Tag", exact=True).input_value()
    layout = open_series(str(trained / "run1"), tag).open_layout("tsne")
    positions = np.stack([layout.read_frame(step).positions for step in layout.steps])
    moved = np.linalg.norm(np.diff(positions, axis=0), axis=2).sum(axis=0)
    assert len(set(points)) == 50
    assert moved[points[:10]].mean() > 1.5 * np.median(moved)


def test_moments_jump_to_their_step_and_show_their_classes(page, address):
    tab = open_tab(page, address)
    entry = open_list(tab, "Moments", "moments").first
    step = int(entry.get_attribute("data-step"))
    entry.click()
    tab.get_by_test_id("current-step").get_by_text(f"step {step}").wait_for()
    assert step_shown(tab) == step


def test_a_second_pane_follows_by_training_step_and_shares_selection(page, address):
    tab = open_tab(page, address)
    pane = open_second_pane(tab)
    first, second = tab.locator(".panes > .stage").first, pane
    tab.get_by_role("button", name="Last step").click()
    second.locator(".pane-title").get_by_text(f"step {STEPS[-1]}").wait_for()
    tab.get_by_role("button", name="Previous step").click()
    second.locator(".pane-title").get_by_text(f"step {STEPS[-2]}").wait_for()
    titles = [stage.locator(".pane-title").inner_text() for stage in (first, second)]
    assert titles[0] != titles[1]
    # Selected in one, selected in both.
    open_list(tab, "Moved most", "moved").first.click()
    for stage in (first, second):
        stage.locator('canvas[aria-label*="1 selected"]').wait_for()


def test_the_second_pane_can_stand_at_a_step_of_its_own(page, address):
    tab = open_tab(page, address)
    pane = open_second_pane(tab)
    tab.get_by_label("Other step").select_option(str(STEPS[1]))
    pane.locator(".pane-title").get_by_text(f"step {STEPS[1]}").wait_for()
    tab.get_by_role("button", name="Last step").click()
    tab.get_by_test_id("current-step").get_by_text(f"step {STEPS[-1]}").wait_for()
    assert f"step {STEPS[1]}" in pane.locator(".pane-title").inner_text()


def test_both_panes_color_by_how_differently_points_lie(page, address):
    tab = open_tab(page, address)
    pane = open_second_pane(tab)
    canvases = [tab.locator(".panes > .stage canvas[data-renderer]").nth(index) for index in (0, 1)]
    before = [canvas.screenshot(animations="disabled") for canvas in canvases]
    tab.get_by_label("Color by difference").check()
    tab.locator("#legend-heading", has_text="difference").wait_for()
    for canvas, shown in zip(canvases, before, strict=True):
        wait_until(page, lambda canvas=canvas, shown=shown: canvas.screenshot(animations="disabled") != shown)
    tab.get_by_role("button", name="Close the second pane").click()
    pane.wait_for(state="detached")
    tab.locator("#legend-heading", has_text="difference").wait_for(state="detached")


def test_a_link_opens_the_second_pane_again(page, address):
    tab = open_tab(page, address)
    open_second_pane(tab)
    tab.get_by_label("Other step").select_option(str(STEPS[2]))
    wait_until(page, lambda: f"{STEPS[2]}" in str(compare_in_address(page)))
    page.reload()
    tab = page.frame_locator('iframe[src*="plugin_entry"]')
    pane = tab.get_by_label("Second pane")
    pane.locator(".pane-title").get_by_text(f"step {STEPS[2]}").wait_for()


def compare_in_address(page) -> dict:
    fields = urllib.parse.parse_qs(urllib.parse.urlparse(page.url).fragment)
    return json.loads(fields.get("p.training_evolution.compare", ["{}"])[0])


def wait_until(page, condition) -> None:
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("It did not come about within a minute.")
