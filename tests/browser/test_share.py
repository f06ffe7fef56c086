"""The address keeps the place; links lead back to it; pictures and videos are saved."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import STEPS, open_tab


@pytest.fixture
def tab(page, address):
    return open_fc1(page, address)


def open_fc1(page, address):
    frame = open_tab(page, address)
    frame.get_by_label("Tag").select_option("fc1")
    wait_for_address(page, "tag=fc1")
    frame.locator(f'canvas[data-frames-loaded="{len(STEPS)}"]').wait_for()
    return frame


def arrange(frame) -> None:
    """Another step, color, filter, selection, spacing and camera than at first."""
    frame.get_by_label("Search metadata").fill("number 5")
    frame.get_by_role("button", name="Select matches").click()
    frame.get_by_label("Color by").select_option(label="ink")
    frame.get_by_label("Even steps").check()
    frame.get_by_role("slider", name="Step").fill("2")
    frame.locator("canvas[data-renderer]").hover(position={"x": 200, "y": 150})
    frame.locator("body").page.mouse.wheel(0, -300)
    frame.get_by_test_id("selected-count").wait_for()


def described(frame) -> dict[str, str]:
    return {
        "tag": frame.get_by_label("Tag").input_value(),
        "step": frame.get_by_test_id("current-step").inner_text(),
        "color": frame.get_by_label("Color by").locator("option:checked").inner_text(),
        "filter": frame.get_by_label("Search metadata").input_value(),
        "selected": frame.get_by_test_id("selected-count").inner_text(),
        "slider": frame.get_by_role("slider", name="Step").get_attribute("max"),
    }


def expect_described(frame, expected: dict[str, str]) -> None:
    for _ in range(200):
        if described(frame) == expected:
            return
        frame.locator("body").page.wait_for_timeout(200)
    assert described(frame) == expected


def wait_for_address(page, *parts: str) -> None:
    page.wait_for_function("parts => parts.every((part) => location.hash.includes(part))", arg=list(parts))


def wait_until_shown(frame) -> None:
    frame.locator('[data-state="ready"]').wait_for()
    frame.locator(f'canvas[data-frames-loaded="{len(STEPS)}"]').wait_for()
    frame.get_by_test_id("selected-count").wait_for()


def copy_link(frame) -> str:
    frame.get_by_role("button", name="Copy link").click()
    return frame.get_by_label("Link to copy").input_value()


def forbid_clipboard(page) -> None:
    # A page from another machine by plain http has no clipboard: the link is there to be copied by hand.
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")


def test_a_reload_of_the_page_keeps_the_place(page, address):
    forbid_clipboard(page)
    tab = open_fc1(page, address)
    arrange(tab)
    before, link = described(tab), copy_link(tab)
    assert "camera=" in link
    page.reload()
    wait_until_shown(tab)
    expect_described(tab, before)
    # The link is made of what is shown, the camera among it.
    assert copy_link(tab) == link


def test_a_copied_link_shows_somebody_else_the_same(page, address, browser):
    forbid_clipboard(page)
    tab = open_fc1(page, address)
    arrange(tab)
    before, link = described(tab), copy_link(tab)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    other = context.new_page()
    other.set_default_timeout(120_000)
    other.goto(link)
    frame = other.frame_locator('iframe[src*="plugin_entry"]')
    wait_until_shown(frame)
    expect_described(frame, before)
    context.close()


def test_a_link_pasted_into_the_open_page_leads_there(tab, page):
    wait_for_address(page, "step=0")
    page.evaluate("location.hash = location.hash.replace('step=0', 'step=75')")
    expect(tab.get_by_test_id("current-step")).to_have_text("step 75")
    assert tab.get_by_label("Tag").input_value() == "fc1"


def test_tensorboard_keeps_working_with_the_place_in_its_address(tab, page):
    arrange(tab)
    wait_for_address(page, "step=50")
    page.get_by_role("tab", name="Scalars").click()
    page.get_by_role("tab", name="Training Evolution").click()
    assert "p.training_evolution.step=50" in page.evaluate("location.hash")
    expect(tab.get_by_test_id("current-step")).to_have_text("step 50")
    page.locator("app-header-reload button").click()
    expect(tab.get_by_test_id("current-step")).to_have_text("step 50")


def test_a_forged_address_is_no_harm(page, address):
    evil = "p.training_evolution."
    page.goto(
        f"{address}/#training_evolution&{evil}run=nowhere&{evil}tag=x&{evil}step=NaN&{evil}camera=x:1,y:oops&"
        f"{evil}filter=%7B%22text%22:5,%22ranges%22:%7B%22ink%22:%22x%22%7D%7D&{evil}selected=zzzz-zzzzzz&{evil}look=[1]&"
        f"{evil}only=%3Cscript%3E"
    )
    frame = page.frame_locator('iframe[src*="plugin_entry"]')
    frame.locator('[data-state="ready"]').wait_for()
    assert frame.get_by_label("Run").input_value() == "run1"
    assert "step 0" in frame.get_by_test_id("current-step").inner_text()


def test_the_picture_is_saved_as_it_is_seen(tab, page):
    with page.expect_download() as download:
        tab.get_by_role("button", name="PNG").click()
    content = download.value.path().read_bytes()
    pixels = np.asarray(Image.open(BytesIO(content)).convert("RGB"))
    box = tab.locator("canvas[data-renderer]").bounding_box()
    assert abs(pixels.shape[1] - box["width"]) <= 2
    # Ten classes in ten colors, and the background.
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10


def test_the_animation_is_saved_as_webm_and_can_be_cancelled(tab, page):
    tab.get_by_label("Speed").select_option("8")
    with page.expect_download() as download:
        tab.get_by_role("button", name="Video").click()
        tab.get_by_label("Recording").wait_for()
    assert download.value.suggested_filename.endswith(".webm")
    # The EBML magic number, and more than a header.
    content = download.value.path().read_bytes()
    assert content[:4] == b"\x1a\x45\xdf\xa3"
    assert len(content) > 5000
    tab.get_by_label("Speed").select_option("0.5")
    tab.get_by_role("button", name="Video").click()
    tab.get_by_role("button", name="Cancel").click()
    tab.get_by_role("button", name="Video").wait_for()
