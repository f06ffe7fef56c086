"""What axe-core finds, and what the keyboard reaches."""

import pytest

from tests.browser.conftest import STEPS, open_tab
from tests.conftest import REPOSITORY

AXE = REPOSITORY / "tb_embed_plugin" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def open_everything(page, address):
    frame = open_tab(page, address)
    frame.locator(f'canvas[data-frames-loaded="{len(STEPS)}"]').wait_for()
    frame.get_by_label("Search metadata").fill("number 4")
    frame.get_by_role("button", name="Select matches").click()
    frame.get_by_test_id("selected-count").wait_for()
    frame.get_by_text("Settings").click()
    return frame


def serious_violations(frame) -> list[str]:
    # As the plugin's policy allows: not as a script of the page, but from outside.
    frame.locator("body").evaluate(AXE.read_text())
    found = frame.locator("body").evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{violation['id']}: {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_panels_open(page, address, theme):
    frame = open_everything(page, address)
    page.evaluate("dark => document.body.classList.toggle('dark-mode', dark)", theme == "dark")
    frame.locator(f'html[data-theme="{theme}"]').wait_for()
    assert serious_violations(frame) == []
    # One point has panels of its own: neighbors, and whatever is known of it.
    frame.get_by_role("button", name="Select point 4", exact=True).first.click()
    frame.locator('.neighbors[data-point="4"]').wait_for()
    assert serious_violations(frame) == []
    frame.locator("body").press("?")
    frame.get_by_role("dialog", name="Keys").wait_for()
    assert serious_violations(frame) == []


def test_the_help_names_the_keys_and_they_work(page, address):
    frame = open_tab(page, address)
    body = frame.locator("body")
    # Without a click: the tab has the focus from the start.
    page.keyboard.press("?")
    dialog = frame.get_by_role("dialog", name="Keys")
    dialog.get_by_text("search the metadata").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    body.press("l")
    assert frame.get_by_label("Loop").is_checked()
    body.press("e")
    assert frame.get_by_label("Even steps").is_checked()
    body.press("/")
    frame.locator(".search-input:focus").wait_for()
    page.keyboard.type("number 7$ e")
    # In a text field, letters are letters.
    assert frame.get_by_label("Even steps").is_checked()
    assert frame.get_by_label("Search metadata").input_value() == "number 7$ e"


def test_panels_fold_and_stay_folded_after_a_reload(page, address):
    frame = open_tab(page, address)
    title = frame.get_by_role("button", name="Search and filter")
    title.click()
    frame.get_by_label("Search metadata").wait_for(state="detached")
    page.reload()
    title.wait_for()
    assert title.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("width", [900, 1280])
def test_nothing_is_cut_off_from_900_pixels_up(page, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    frame = open_everything(page, address)
    overflow = frame.locator("body").evaluate("body => body.scrollWidth - body.clientWidth")
    assert overflow <= 0
    for name in ("Play", "Keys", "Select matches", "Copy link"):
        button = frame.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert 0 <= box["x"] <= width - box["width"]
    stage = frame.locator("canvas[data-renderer]").bounding_box()
    assert stage["width"] >= 500
    assert stage["height"] >= 300
