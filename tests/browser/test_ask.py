"""Search, filter, selection and neighbors, against the metadata and activations that they speak of."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tb_embed_plugin import open_series
from tests.browser.conftest import N_POINTS, STEPS, open_tab
from tests.browser.test_tab import pixels


@pytest.fixture
def tab(page, address):
    frame = open_tab(page, address)
    frame.get_by_label("Tag").select_option("fc1")
    frame.locator(f'canvas[data-frames-loaded="{len(STEPS)}"]').wait_for()
    return frame


@pytest.fixture(scope="module")
def columns(trained):
    return {column.name: column for column in open_series(str(trained / "run1"), "fc1").columns}


def expect_matches(frame, count: int) -> None:
    expect(frame.get_by_test_id("match-count")).to_have_text(f"{count} match{'es' if count != 1 else ''}")


def search(frame, text: str) -> None:
    frame.get_by_label("Search metadata").fill(text)


def select_by_search(frame, pattern: str, n_expected: int) -> None:
    frame.get_by_role("button", name="Regular expression").click()
    search(frame, pattern)
    frame.get_by_role("button", name="Show all", exact=True).click()
    frame.get_by_role("button", name="Select matches").click()
    expect(frame.get_by_test_id("selected-count")).to_contain_text(f"{n_expected} point")


def test_search_counts_what_matches_as_text_and_as_a_regular_expression(tab):
    names = [f"image number {i}" for i in range(N_POINTS)]
    search(tab, "number 29")
    expect_matches(tab, sum("number 29" in name for name in names))
    search(tab, "number 2[0-4]$")
    expect_matches(tab, 0)
    tab.get_by_role("button", name="Regular expression").click()
    expect_matches(tab, 5)
    search(tab, "number (")
    tab.get_by_text("Invalid regular expression").wait_for()


def test_ranges_and_class_toggles_count_as_numpy_does(tab, columns):
    ink, labels = columns["ink"].numbers(), np.array(columns["label"].values)
    limit = float(np.round(np.median(ink)))
    tab.get_by_label("ink: at least").fill(str(limit))
    expected = ink >= limit
    expect_matches(tab, int(expected.sum()))
    tab.get_by_role("button", name="label 3", exact=True).click()
    expected &= labels != "3"
    expect_matches(tab, int(expected.sum()))
    tab.get_by_role("button", name="Clear", exact=True).click()
    tab.get_by_test_id("match-count").wait_for(state="detached")


def test_matches_can_be_isolated_and_hidden(tab):
    everything = pixels(tab)
    search(tab, "image number 1")
    isolated = pixels(tab)
    tab.get_by_role("button", name="Hide", exact=True).click()
    hidden = pixels(tab)
    tab.get_by_role("button", name="Show all", exact=True).click()
    assert len({everything, isolated, hidden}) == 3
    assert pixels(tab) == everything


def test_a_selection_shows_thumbnails_metadata_and_class_make_up(tab, columns):
    select_by_search(tab, "number [0-9]$", 10)
    expect(tab.get_by_label("Thumbnails of the selection").locator("canvas")).to_have_count(10)
    rows = tab.get_by_label("Metadata of the selection").locator("tbody tr")
    cells = [row.locator("td").all_inner_texts() for row in rows.all()]
    assert [row[-1] for row in cells] == [f"image number {i}" for i in range(10)]
    assert [row[0] for row in cells] == list(columns["label"].values[:10])
    shares = tab.get_by_test_id("make-up").locator("b").all_inner_texts()
    assert sum(map(int, shares)) == 10
    tab.get_by_role("button", name="Select point 7").first.click()
    expect(tab.get_by_test_id("selected-count")).to_have_text("1 point")


def nearest(activations: np.ndarray, point: int, count: int = 10) -> list[int]:
    distances = np.linalg.norm(activations.astype(np.float64) - activations[point], axis=1)
    distances[point] = np.inf
    return np.argsort(distances, kind="stable")[:count].tolist()


def listed(frame, name: str) -> list[int]:
    rows = frame.get_by_role("list", name=name, exact=True).locator("li")
    return [int(row) for row in rows.evaluate_all("rows => rows.map((row) => row.dataset.point)")]


def test_neighbors_are_those_of_numpy_and_gains_and_losses_too(tab, trained):
    series = open_series(str(trained / "run1"), "fc1")
    first, last = (series.read_snapshot(step).activations for step in (STEPS[0], STEPS[-1]))
    tab.get_by_role("button", name="Last step").click()
    select_by_search(tab, "number 42$", 1)
    tab.locator(f'.neighbors[data-point="42"][data-step="{STEPS[-1]}"]').wait_for()
    now, before = nearest(last, 42), nearest(first, 42)
    assert listed(tab, "Neighbors") == now
    rows = tab.get_by_role("list", name="Neighbors", exact=True).locator("li")
    distances = rows.evaluate_all("rows => rows.map((row) => Number(row.dataset.distance))")
    np.testing.assert_allclose(distances, np.linalg.norm(last[now] - last[42], axis=1), rtol=1e-4)

    tab.get_by_label("Since step").select_option(str(STEPS[0]))
    gained = [point for point in now if point not in before]
    lost = [point for point in before if point not in now]
    tab.get_by_text(f"{len(gained)} gained, {len(lost)} lost of 10").wait_for()
    assert listed(tab, "Lost neighbors") == lost if lost else True
    assert tab.locator('li[data-change="gained"]').count() == len(gained)

    rows.first.get_by_role("button").click()
    tab.locator(f'.neighbors[data-point="{now[0]}"]').wait_for()


def test_the_selection_is_saved_as_csv_that_no_spreadsheet_runs(tab, page, columns):
    select_by_search(tab, "number [0-2]$", 3)
    with page.expect_download() as download:
        tab.locator('[data-panel="selection"]').get_by_role("button", name="CSV").click()
    lines = download.value.path().read_text().splitlines()
    labels = columns["label"].values
    assert lines[0].split(",")[0] == "point"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "2"]
    assert all(label in line.split(",") for label, line in zip(labels, lines[1:], strict=False))
    assert json.dumps(lines).count("image number") == 3
