import json
import re
import urllib.request

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tb_embed_plugin import open_series
from tb_embed_plugin.cli import main
from tests.browser.conftest import N_POINTS, STEPS, open_tab, tensorboard_for

N_FRAMES = len(STEPS)
PADDING = 24
"""CSS pixels that the fitted extent keeps from the canvas' edges."""


@pytest.fixture(params=["webgl", "canvas2d"])
def tab(request, page, address):
    frame = open_tab(page, address)
    frame.get_by_text("Settings").click()
    frame.get_by_label("Renderer").select_option(request.param)
    frame.locator(f'canvas[data-renderer="{request.param}"]').wait_for()
    wait_for_frames(frame)
    return frame


def wait_for_frames(frame, n_frames: int = N_FRAMES):
    frame.locator(f'canvas[data-frames-loaded="{n_frames}"]').wait_for()


def canvas(frame):
    return frame.locator("canvas[data-renderer]")


def current_step(frame) -> str:
    return frame.get_by_test_id("current-step").inner_text()


def go_to_frame(frame, index: int) -> None:
    frame.get_by_role("button", name="First step").click()
    for _ in range(index):
        frame.get_by_role("button", name="Next step").click()


def settle(frame) -> None:
    """Waits until what was asked for is drawn: the tab renders when its thread is free, and draws at the next frame."""
    frame.locator("body").evaluate(
        """async () => {
            for (let round = 0; round < 2; round++) {
                await new Promise((done) => requestAnimationFrame(done));
                await new Promise((done) => requestIdleCallback(done, { timeout: 2000 }));
            }
        }"""
    )


def pixels(frame) -> bytes:
    """The picture on the stage once it stands still."""
    seen = None
    for _ in range(20):
        settle(frame)
        now = canvas(frame).screenshot(animations="disabled")
        if now == seen:
            return now
        seen = now
    pytest.fail("The picture does not come to rest.")


def screen_positions(frame, series, step) -> np.ndarray:
    """Where points are drawn, in CSS pixels from the canvas' corner, by the documented fit of the extent."""
    box = canvas(frame).bounding_box()
    layout = series.open_layout("tsne")
    low, high = layout.extent
    scale = min((box["width"] - 2 * PADDING) / (high - low)[0], (box["height"] - 2 * PADDING) / (high - low)[1])
    centered = (layout.read_frame(step).positions - (low + high) / 2) * scale
    return centered * [1, -1] + [box["width"] / 2, box["height"] / 2]


def test_tab_appears_at_the_first_page_load_with_a_title_and_a_language(page, address):
    frame = open_tab(page, address)
    assert page.get_by_role("tab", name="Training Evolution").get_attribute("aria-selected") == "true"
    assert frame.locator("html").get_attribute("lang") == "en"
    assert frame.locator("head title").text_content() == "Training Evolution"
    assert "step 0" in current_step(frame)


def test_playing_changes_pixels_and_pausing_holds_them(tab):
    go_to_frame(tab, 0)
    before = pixels(tab)
    tab.get_by_role("button", name="Play").click()
    tab.locator("body").page.wait_for_timeout(700)
    tab.get_by_role("button", name="Pause").click()
    paused = pixels(tab)
    tab.locator("body").page.wait_for_timeout(500)
    assert paused != before
    assert pixels(tab) == paused


def test_playing_ends_at_the_last_step_unless_it_loops(tab):
    tab.get_by_label("Loop").uncheck()
    go_to_frame(tab, len(STEPS) - 2)
    tab.get_by_role("button", name="Play").click()
    tab.get_by_role("button", name="Play").wait_for()
    assert current_step(tab).startswith("step 100")


def test_pictures_differ_between_steps_and_come_back_the_same(tab):
    shown = []
    for index in range(len(STEPS)):
        go_to_frame(tab, index)
        assert f"step {STEPS[index]}" in current_step(tab)
        shown.append(pixels(tab))
    assert len(set(shown)) == len(STEPS)
    go_to_frame(tab, 2)
    assert pixels(tab) == shown[2]


def test_keyboard_plays_and_steps(tab):
    page = tab.locator("body").page
    canvas(tab).click(position={"x": 3, "y": 3})
    page.keyboard.press("End")
    assert "step 100" in current_step(tab)
    page.keyboard.press("ArrowLeft")
    assert "step 75" in current_step(tab)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert "step 25" in current_step(tab)
    page.keyboard.press("Space")
    tab.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    tab.get_by_role("button", name="Play").wait_for()


def test_slider_scrubs_between_steps(tab):
    slider = tab.get_by_role("slider", name="Step")
    go_to_frame(tab, 1)
    at_step = pixels(tab)
    slider.fill("37.5")
    assert pixels(tab) != at_step
    text = current_step(tab)
    assert "25" in text
    assert "50" in text
    slider.fill("25")
    assert pixels(tab) == at_step
    assert "25" in slider.get_attribute("aria-valuetext")


@pytest.mark.parametrize("step", [0, 100])
def test_hover_names_the_right_point(tab, trained, step):
    tab.get_by_label("Tag").select_option("fc1")
    wait_for_frames(tab)
    go_to_frame(tab, STEPS.index(step))
    positions = screen_positions(tab, open_series(str(trained / "run1"), "fc1"), step)
    # Points that no other is near, so that there is one right answer.
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2) + 1e6 * np.eye(N_POINTS)
    loneliest = np.argsort(-distances.min(axis=1))[:3]
    page = tab.locator("body").page
    for point in loneliest:
        x, y = positions[point]
        canvas(tab).hover(position={"x": float(x), "y": float(y)})
        tooltip = tab.get_by_role("tooltip")
        tooltip.get_by_text(f"image number {point}", exact=True).wait_for()
        np.testing.assert_array_equal(thumbnail_pixels(tooltip), np.rint(load_digits().images[point] / 16 * 255))
    page.mouse.move(0, 0)


def thumbnail_pixels(tooltip) -> np.ndarray:
    """The red channel of the thumbnail shown, once it is drawn: shape (height, width)."""
    read = """canvas => {
        const { width, height } = canvas;
        const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
        return { width, height, red: Array.from(data.filter((_, i) => i % 4 === 0)), alpha: data[3] };
    }"""
    for _ in range(50):
        shown = tooltip.locator("canvas").evaluate(read)
        if shown["alpha"]:
            break
        tooltip.page.wait_for_timeout(100)
    return np.array(shown["red"]).reshape(shown["height"], shown["width"])


def test_all_points_stay_inside_one_fixed_extent_with_true_aspect(tab, trained):
    series = open_series(str(trained / "run1"), "conv")
    tab.get_by_label("Tag").select_option("conv")
    wait_for_frames(tab)
    box = canvas(tab).bounding_box()
    for step in STEPS:
        positions = screen_positions(tab, series, step)
        assert (positions >= PADDING - 1).all()
        assert (positions <= np.array([box["width"], box["height"]]) - PADDING + 1).all()


def test_color_by_class_and_number_with_a_legend(tab):
    go_to_frame(tab, 4)
    select = tab.get_by_label("Color by")
    select.select_option(label="label")
    legend = tab.get_by_label("Legend")
    assert [entry for entry in "0123456789" if entry not in legend.inner_text()] == []
    by_class = pixels(tab)
    select.select_option(label="ink")
    assert pixels(tab) != by_class
    assert "caption" not in select.inner_text()


def test_quality_of_the_current_step_is_shown(tab, trained, address):
    url = f"{address}/data/plugin/training_evolution/quality?run=run1&tag=fc1&layout=tsne"
    quality = json.load(urllib.request.urlopen(url))["quality"]
    tab.get_by_label("Tag").select_option("fc1")
    wait_for_frames(tab)
    go_to_frame(tab, 4)
    for measure in ("trustworthiness", "neighborhood_preservation"):
        row = tab.locator(f'[data-measure="{measure}"]')
        row.get_by_text(f"{quality[measure][4]:.3f}", exact=True).wait_for()


def test_every_control_has_its_name(tab):
    for name in ("Run", "Tag", "Layout", "Color by", "Speed", "Renderer"):
        assert tab.get_by_role("combobox", name=name).count() == 1
    for name in ("Play", "Previous step", "Next step", "First step", "Last step"):
        assert tab.get_by_role("button", name=name).count() == 1
    assert tab.get_by_label("Loop").count() == 1
    assert tab.get_by_role("slider", name="Step").count() == 1


def test_dark_mode_follows_tensorboards(tab):
    page = tab.locator("body").page
    colors = []
    for is_dark in (False, True):
        page.evaluate("dark => document.body.classList.toggle('dark-mode', dark)", is_dark)
        page.wait_for_timeout(200)
        colors.append(tab.locator("body").evaluate("body => getComputedStyle(body).backgroundColor"))
    brightness = [sum(map(int, re.findall(r"\d+", color)[:3])) for color in colors]
    assert brightness[0] > 600
    assert brightness[1] < 250


def test_tag_changes_the_picture(tab):
    go_to_frame(tab, 4)
    shown = {}
    for tag in ("conv", "fc1", "conv"):
        tab.get_by_label("Tag").select_option(tag)
        wait_for_frames(tab)
        canvas(tab).page.wait_for_timeout(300)
        shown.setdefault(tag, pixels(tab))
    assert shown["conv"] != shown["fc1"]


@pytest.mark.parametrize(
    "arguments",
    [["--load_fast=false"], ["--load_fast=true"], ["--path_prefix", "/deep/er"], ["--logdir_spec"]],
    ids=lambda arguments: arguments[0].strip("-"),
)
def test_tab_works_under_every_loader_and_prefix(page, trained, arguments):
    prefix = arguments[1] if arguments[0] == "--path_prefix" else ""
    if arguments == ["--logdir_spec"]:
        command = ["--logdir_spec", f"mine:{trained}"]
    else:
        command = ["--logdir", str(trained), *([] if prefix else arguments)]
    with tensorboard_for(page, *command, path_prefix=prefix) as address:
        frame = open_tab(page, address)
        wait_for_frames(frame)
        run = "mine/run1" if "spec" in arguments[0] else "run1"
        assert frame.get_by_label("Run").input_value() == run


def test_reload_brings_new_steps_and_keeps_the_place(page, log_dir):
    snapshots = log_dir / "run1" / "plugins" / "training_evolution" / "fc1" / "snapshots"
    last = snapshots / "000000100.safetensors"
    aside = log_dir / "aside"
    last.rename(aside)
    assert main(["layout", str(log_dir), "--tag", "fc1", "--iterations", "20", "--quiet"]) == 0
    with tensorboard_for(page, "--logdir", str(log_dir)) as address:
        frame = open_tab(page, address)
        frame.get_by_label("Tag").select_option("fc1")
        wait_for_frames(frame, 4)
        go_to_frame(frame, 2)
        frame.get_by_label("Color by").select_option(label="ink")
        aside.rename(last)
        assert main(["layout", str(log_dir), "--tag", "fc1", "--iterations", "20", "--quiet"]) == 0
        page.locator("app-header-reload button").click()
        wait_for_frames(frame, 5)
        assert "step 50" in current_step(frame)
        assert frame.get_by_label("Tag").input_value() == "fc1"
        assert frame.get_by_label("Color by").locator("option:checked").inner_text() == "ink"


def test_series_without_layout_says_what_to_do(page, log_dir):
    for layouts in log_dir.rglob("layouts"):
        layouts.rename(layouts.with_name("hidden"))
    with tensorboard_for(page, "--logdir", str(log_dir)) as address:
        page.goto(f"{address}/#training_evolution")
        frame = page.frame_locator('iframe[src*="plugin_entry"]')
        frame.locator('[data-state="no-layout"]').wait_for()
        assert f"tb-embed layout {log_dir}" in frame.locator("body").inner_text()


def test_no_data_shows_the_lines_that_make_some(page, tmp_path):
    with tensorboard_for(page, "--logdir", str(tmp_path)) as address:
        page.goto(f"{address}/#training_evolution")
        frame = page.frame_locator('iframe[src*="plugin_entry"]')
        frame.locator('[data-state="empty"]').wait_for()
        assert "TrainingEvolution(" in frame.locator("body").inner_text()


def test_markup_in_names_and_metadata_is_shown_as_text(page, log_dir):
    run = log_dir / "run1"
    series = run / "plugins" / "training_evolution"
    evil = "<img src=x onerror=alert(1)>"
    (series / "fc1").rename(series / "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E")
    page.on("dialog", lambda dialog: pytest.fail(f"A script ran: {dialog.message}"))
    with tensorboard_for(page, "--logdir", str(log_dir)) as address:
        frame = open_tab(page, address)
        frame.get_by_label("Tag").select_option(evil)
        wait_for_frames(frame)
        assert frame.locator("img[src=x]").count() == 0
