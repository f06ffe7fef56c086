"""The stage: selecting, turning, and what stands for points."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from tb_embed_plugin import open_series
from tests.browser.conftest import N_POINTS, STEPS, open_tab
from tests.browser.test_tab import PADDING, canvas, go_to_frame, pixels, screen_positions, settle, wait_for_frames

THUMBNAIL_SIZE = 30
"""CSS pixels of a thumbnail's side where 300 points share the stage."""


@pytest.fixture(params=["webgl", "canvas2d"])
def tab(request, page, address):
    return open_stage(page, address, request.param)


@pytest.fixture
def one_tab(page, address):
    """For what does not depend on the renderer."""
    return open_stage(page, address, "canvas2d")


def open_stage(page, address, renderer):
    frame = open_tab(page, address)
    frame.get_by_text("Settings").click()
    frame.get_by_label("Renderer").select_option(renderer)
    frame.locator(f'canvas[data-renderer="{renderer}"]').wait_for()
    frame.get_by_label("Tag").select_option("fc1")
    frame.get_by_label("Layout").select_option("tsne")
    wait_for_frames(frame)
    go_to_frame(frame, len(STEPS) - 1)
    return frame


@pytest.fixture(scope="module")
def series(trained):
    return open_series(str(trained / "run1"), "fc1")


def wait_for_selected(frame, count: int) -> None:
    frame.locator(f'canvas[data-selected="{count}"]').wait_for()


def drag(frame, corners, modifier: str | None = None, button: str = "left") -> None:
    """Drags over the stage along corners in CSS pixels from its own corner."""
    page, box = frame.locator("body").page, canvas(frame).bounding_box()
    path = [(box["x"] + x, box["y"] + y) for x, y in corners]
    if modifier:
        page.keyboard.down(modifier)
    page.mouse.move(*path[0])
    page.mouse.down(button=button)
    for x, y in path[1:]:
        page.mouse.move(x, y, steps=8)
    page.mouse.up(button=button)
    if modifier:
        page.keyboard.up(modifier)


def is_inside(outline: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """By the even-odd rule, as the lasso."""
    inside = np.zeros(len(positions), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        crosses = (y0 > positions[:, 1]) != (y1 > positions[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            x = x0 + (positions[:, 1] - y0) / (y1 - y0) * (x1 - x0)
        inside ^= crosses & (positions[:, 0] < x)
    return inside


def clear_edges(positions: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moves a rectangle's edges to where no point is nearer than the gaps between points allow."""
    edges = []
    for axis in (0, 1):
        values = np.sort(positions[:, axis])
        for wanted in (low[axis], high[axis]):
            near = np.flatnonzero(np.abs(values[:-1] - wanted) < 60)
            gap = near[np.argmax(values[near + 1] - values[near])]
            edges.append((values[gap] + values[gap + 1]) / 2)
    return np.array([edges[0], edges[2]]), np.array([edges[1], edges[3]])


def test_lasso_selects_exactly_the_points_inside_it(tab, series):
    positions = screen_positions(tab, series, STEPS[-1])
    middle = np.median(positions, axis=0)
    outline = middle + np.array([[-150, -90], [0, 20], [150, -80], [110, 120], [-120, 110]])
    tab.get_by_role("button", name="Lasso").click()
    drag(tab, [*outline, outline[0]])
    expected = is_inside(outline, positions)
    assert 5 < expected.sum() < N_POINTS - 5
    # The mouse's way is whole pixels: points on the line itself may fall to either side.
    distances = [distance_to_outline(point, outline) for point in positions]
    unsure = int(np.sum(np.array(distances) < 2))
    selected = selected_count(tab)
    assert abs(selected - expected.sum()) <= unsure


def distance_to_outline(point, outline) -> float:
    starts, ends = outline, np.roll(outline, -1, axis=0)
    along = np.clip(((point - starts) * (ends - starts)).sum(1) / ((ends - starts) ** 2).sum(1), 0, 1)
    return float(np.linalg.norm(starts + along[:, None] * (ends - starts) - point, axis=1).min())


def selected_count(frame) -> int:
    frame.locator('canvas[data-selected]:not([data-selected="0"])').wait_for()
    return int(canvas(frame).get_attribute("data-selected"))


def test_rectangle_selects_adds_with_shift_and_subtracts_with_alt(one_tab, series):
    positions = screen_positions(one_tab, series, STEPS[-1])
    size = np.array([canvas(one_tab).bounding_box()["width"], canvas(one_tab).bounding_box()["height"]])
    low, high = clear_edges(positions, 0.25 * size, 0.5 * size)
    low_2, high_2 = clear_edges(positions, 0.4 * size, 0.7 * size)

    def inside(least, most):
        return ((positions > least) & (positions < most)).all(axis=1)

    one_tab.get_by_role("button", name="Rectangle").click()
    drag(one_tab, [low, high])
    wait_for_selected(one_tab, inside(low, high).sum())
    drag(one_tab, [low_2, high_2], "Shift")
    wait_for_selected(one_tab, (inside(low, high) | inside(low_2, high_2)).sum())
    drag(one_tab, [low, high], "Alt")
    wait_for_selected(one_tab, (inside(low_2, high_2) & ~inside(low, high)).sum())
    one_tab.locator("body").page.keyboard.press("Escape")
    wait_for_selected(one_tab, 0)


def test_selected_points_are_ringed_and_the_view_goes_to_them_and_back(tab, series):
    page = tab.locator("body").page
    x, y = screen_positions(tab, series, STEPS[-1])[7]
    before = pixels(tab)
    canvas(tab).click(position={"x": float(x), "y": float(y)})
    wait_for_selected(tab, 1)
    page.mouse.move(0, 0)
    assert pixels(tab) != before
    tab.get_by_role("button", name="Zoom to selection").click()
    tab.get_by_role("button", name="Reset view").click()
    # Now the selected point's neighbors are back, and it is ringed as before.
    page.keyboard.press("Escape")
    wait_for_selected(tab, 0)
    assert pixels(tab) == before


def test_keyboard_walks_from_point_to_point_and_selects(one_tab):
    page = one_tab.locator("body").page
    one_tab.get_by_label("Picture").focus()
    page.keyboard.press("d")
    one_tab.get_by_role("tooltip").wait_for()
    first = one_tab.get_by_role("tooltip").inner_text()
    page.keyboard.press("Enter")
    wait_for_selected(one_tab, 1)
    page.keyboard.press("a")
    assert one_tab.get_by_role("tooltip").inner_text() != first
    page.keyboard.press("Shift+Enter")
    wait_for_selected(one_tab, 2)
    page.keyboard.press("Control+a")
    wait_for_selected(one_tab, N_POINTS)


def test_filtered_points_are_neither_drawn_nor_selected(tab):
    page = tab.locator("body").page
    before = pixels(tab)
    # 20 … 29 and 200 … 299.
    tab.get_by_placeholder("Search").fill("number 2")
    tab.get_by_label("Picture").focus()
    page.keyboard.press("Control+a")
    wait_for_selected(tab, sum(str(i).startswith("2") for i in range(N_POINTS)))
    page.keyboard.press("Escape")
    wait_for_selected(tab, 0)
    gone = pixels(tab)
    assert gone != before
    tab.get_by_label("Filtered points stay, faint").check()
    assert pixels(tab) != gone


def project(positions: np.ndarray, extent: np.ndarray, box) -> np.ndarray:
    """The stage's first view of a layout with depth: pixels from the canvas' corner, for each point (x, y, z)."""
    yaw, pitch, perspective, filled = 0.5, 0.35, 0.3, 0.62
    radius = filled * np.linalg.norm(extent[1] - extent[0]) / 2
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    tilt = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    view = (positions - extent.mean(axis=0)) / radius @ (tilt @ turn).T
    room = min(box["width"], box["height"]) - 2 * PADDING
    pixels = room / 2 * np.sqrt(1 - perspective**2) / (1 - perspective * view[:, 2])
    return view[:, :2] * [1, -1] * pixels[:, None] + [box["width"] / 2, box["height"] / 2]


def test_layout_with_depth_is_shown_turned_moved_and_brought_back(tab, series):
    tab.get_by_label("Layout").select_option("deep")
    wait_for_frames(tab)
    go_to_frame(tab, 2)
    layout = series.open_layout("deep")
    positions = project(layout.read_frame(STEPS[2]).positions, layout.extent, canvas(tab).bounding_box())
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2) + 1e6 * np.eye(N_POINTS)
    point = int(np.argmax(distances.min(axis=1)))
    canvas(tab).hover(position={"x": float(positions[point][0]), "y": float(positions[point][1])})
    tab.get_by_role("tooltip").get_by_text(f"image number {point}", exact=True).wait_for()
    tab.locator("body").page.mouse.move(0, 0)
    tab.get_by_role("tooltip").wait_for(state="hidden")
    shown = [pixels(tab)]
    drag(tab, [(300, 200), (380, 230)])
    shown.append(pixels(tab))
    drag(tab, [(300, 200), (340, 200)], "Shift")
    shown.append(pixels(tab))
    drag(tab, [(300, 200), (340, 240)], button="right")
    shown.append(pixels(tab))
    assert len(set(shown)) == len(shown)
    tab.get_by_role("button", name="Reset view").click()
    tab.locator("body").page.mouse.move(0, 0)
    assert pixels(tab) == shown[0]


@pytest.mark.parametrize("point", [7, 42])
def test_thumbnails_stand_for_points(tab, series, point):
    middle = screen_positions(tab, series, STEPS[-1])[point]
    expected = load_digits().images[point]
    tab.get_by_label("Class names").uncheck()
    # Alone, so that no other lies over it.
    tab.get_by_role("button", name="Regular expression").click()
    tab.get_by_label("Search metadata").fill(f"^image number {point}$")
    tab.get_by_label("Show as").select_option("thumbnails")
    page = tab.locator("body").page
    for _ in range(100):
        shown = read_thumbnail(pixels(tab), middle)
        similarity = np.corrcoef(shown.ravel(), expected.ravel())[0, 1] if shown.std() else 0
        if similarity > 0.8:
            break
        page.wait_for_timeout(100)
    assert similarity > 0.8


def read_thumbnail(screenshot: bytes, middle: np.ndarray) -> np.ndarray:
    """The 8 × 8 gray thumbnail that is drawn around a place."""
    image = Image.open(io.BytesIO(screenshot)).convert("L")
    left, top = middle - THUMBNAIL_SIZE / 2
    box = (left, top, left + THUMBNAIL_SIZE, top + THUMBNAIL_SIZE)
    return np.asarray(image.crop(tuple(round(edge) for edge in box)).resize((8, 8), Image.Resampling.BOX), dtype=float)


def overlay(frame) -> str:
    settle(frame)
    return frame.locator("canvas.stage-overlay").evaluate("canvas => canvas.toDataURL()")


def test_class_names_move_with_their_clusters_and_can_be_switched_off(one_tab):
    shown = [overlay(one_tab)]
    go_to_frame(one_tab, 0)
    one_tab.get_by_text(f"step {STEPS[0]}", exact=True).wait_for()
    shown.append(overlay(one_tab))
    one_tab.get_by_label("Class names").uncheck()
    shown.append(overlay(one_tab))
    assert len(set(shown)) == 3
    one_tab.get_by_label("Show as").select_option("labels")
    one_tab.get_by_label("Text").select_option("caption")
    shown.append(overlay(one_tab))
    assert len(set(shown)) == 4


def test_size_and_opacity_change_the_picture(tab):
    shown = [pixels(tab)]
    for slider, value in (("Size", "2"), ("Opacity", "0.3")):
        tab.get_by_role("slider", name=slider).fill(value)
        shown.append(pixels(tab))
    assert len(set(shown)) == 3


def test_color_by_a_measure_keeps_its_scale_over_the_steps(one_tab):
    one_tab.get_by_label("Color by").select_option(label="movement")
    legend = one_tab.get_by_label("Legend")
    legend.get_by_text("0", exact=True).wait_for()
    at_end = legend.inner_text()
    colored = pixels(one_tab)
    go_to_frame(one_tab, 1)
    assert legend.inner_text() == at_end
    assert pixels(one_tab) != colored


def test_own_motion_tells_what_the_whole_cloud_did(one_tab, series):
    layout = series.open_layout("tsne")
    before, after = (layout.read_frame(step).positions.astype(np.float64) for step in STEPS[1:3])
    p, q = before - before.mean(axis=0), after - after.mean(axis=0)
    agreement, crossing = (p * q).sum(), (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]).sum()
    turn = np.degrees(np.arctan2(crossing, agreement))
    growth = 100 * (np.hypot(agreement, crossing) / (p**2).sum() - 1)
    one_tab.get_by_label("Own motion").check()
    go_to_frame(one_tab, 0)
    note = one_tab.get_by_role("note", name="Motion")
    note.get_by_text("first step").wait_for()
    still = overlay(one_tab)
    go_to_frame(one_tab, 2)
    note.get_by_text("The whole cloud").wait_for()
    text = note.inner_text()
    told_turn, told_size = re.search(r"turned by (\d+)°, (?:grew|shrank) by (\d+) %", text).groups()
    assert abs(int(told_turn) - abs(turn)) < 1
    assert abs(int(told_size) - abs(growth)) < 1
    assert overlay(one_tab) != still


def test_trails_of_the_selection_are_drawn(one_tab):
    one_tab.get_by_label("Picture").focus()
    one_tab.locator("body").page.keyboard.press("Control+a")
    wait_for_selected(one_tab, N_POINTS)
    before = overlay(one_tab)
    one_tab.get_by_role("button", name="Trails").click()
    assert overlay(one_tab) != before


def test_hidden_tab_does_not_play(page, address):
    frame = open_stage(page, address, "canvas2d")
    frame.get_by_label("Loop").check()
    frame.get_by_role("button", name="Play").click()
    host = page.locator('iframe[src*="plugin_entry"]')
    # What TensorBoard does to the tabs behind the one that is shown.
    host.evaluate("frame => { frame.style.visibility = 'hidden' }")
    page.wait_for_timeout(500)
    slider = frame.get_by_role("slider", name="Step")
    stands_at = slider.evaluate("slider => slider.value")
    page.wait_for_timeout(1000)
    assert slider.evaluate("slider => slider.value") == stands_at
    host.evaluate("frame => { frame.style.visibility = 'visible' }")
    page.wait_for_function(
        "stood => document.querySelector('iframe[src*=plugin_entry]').contentDocument"
        ".querySelector('input.slider').value !== stood",
        arg=stands_at,
    )
