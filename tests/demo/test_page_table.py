"""The panel of many images: sorting, filter, details, cards on a phone and its limits."""

import shutil

import pytest

from tests.conftest import EXAMPLES
from tests.demo.pages import (
    ONE,
    TWO,
    open_table,
    table_cells,
    upload,
    wait_for_rows,
    write_noise,
    write_renamed_text,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def mixed(tmp_path):
    """Three examples, an image unlike them and a file that is no image."""
    return [
        EXAMPLES / "3.png",
        ONE,
        write_renamed_text(tmp_path / "bad.png"),
        write_noise(tmp_path / "noise.png"),
        TWO,
    ]


@pytest.fixture
def table(page, mixed):
    open_table(page)
    upload(page, *mixed, to="files")
    wait_for_rows(page, 5)
    return page


def heading(page, name: str):
    return page.get_by_role("columnheader", name=name, exact=True)


def test_a_heading_sorts_by_click_and_by_enter(table):
    assert table_cells(table, "file") == ["3.png", "1.png", "bad.png", "noise.png", "2.png"]
    heading(table, "File").get_by_role("button").click()
    assert table_cells(table, "file") == ["1.png", "2.png", "3.png", "bad.png", "noise.png"]
    assert heading(table, "File").get_attribute("aria-sort") == "ascending"
    table.keyboard.press("Enter")
    assert table_cells(table, "file") == ["noise.png", "bad.png", "3.png", "2.png", "1.png"]
    assert heading(table, "File").get_attribute("aria-sort") == "descending"
    heading(table, "Confidence %").get_by_role("button").focus()
    table.keyboard.press("Enter")
    confidences = [float(cell) for cell in table_cells(table, "confidence")]
    assert confidences == sorted(confidences)
    assert table_cells(table, "file")[-1] == "bad.png"  # What has no number comes last.
    assert heading(table, "File").get_attribute("aria-sort") == "none"


def test_a_filter_shows_what_was_not_accepted_or_unreadable(table):
    choice = table.get_by_label("Show")
    assert choice.locator("option").all_inner_texts() == [
        "all (5)",
        "not accepted (1)",
        "unreadable (1)",
    ]
    choice.select_option("rejected")
    assert table_cells(table, "file") == ["noise.png"]
    choice.select_option("unreadable")
    assert table_cells(table, "file") == ["bad.png"]
    assert "not an image" in table_cells(table, "note")[0]
    choice.select_option("all")
    heights = [row.bounding_box()["height"] for row in table.locator("#table tbody tr").all()]
    assert max(heights) - min(heights) < 4, heights


def test_a_row_opens_the_whole_reading(table, model):
    table.get_by_role("button", name="1.png").press("Enter")
    dialog = table.get_by_role("dialog")
    dialog.locator("[data-testid=text]").wait_for()
    assert dialog.locator("[data-testid=text]").inner_text() == model.predict(ONE).text
    assert dialog.locator("[data-testid=tile]").count() == 5
    table.keyboard.press("Escape")
    assert not dialog.is_visible()
    table.locator(".cm-row-unreadable .cm-cell-note").click()
    dialog.locator("[data-testid=problem]").wait_for()
    dialog.get_by_role("button", name="Close").click()
    assert not dialog.is_visible()


def test_only_new_images_are_read(table, tmp_path):
    table.evaluate(
        """() => {
            window.sent = [];
            const original = window.fetch;
            window.fetch = (address, request) => {
                const images = request?.body?.getAll?.("images") ?? [];
                window.sent.push(...images.map((image) => image.name));
                return original(address, request);
            };
        }"""
    )
    shutil.copy(EXAMPLES / "4.png", tmp_path / "new.png")
    upload(table, ONE, tmp_path / "new.png", to="files")
    wait_for_rows(table, 6)
    assert table.evaluate("window.sent") == ["new.png"]
    table.locator("#files").get_by_role("button", name="Clear").click()
    assert not table.locator("#table").is_visible()


def test_of_501_images_the_first_500_are_read_and_it_is_said(page, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(501)]
    for path in paths:
        shutil.copy(ONE, path)
    open_table(page)
    upload(page, *paths, to="files")
    wait_for_rows(page, 500)
    said = page.inner_text("[data-testid=limit]")
    assert said.startswith("Only the first 500 images are read; 1 more were left out.")
    assert page.inner_text("#summary") == "500 images read."


def test_on_a_phone_rows_are_cards_with_the_whole_text(browser, address, mixed):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(address)
    open_table(page)
    upload(page, *mixed, to="files")
    wait_for_rows(page, 5)
    rows = page.locator("#table tbody tr")
    assert rows.nth(1).bounding_box()["y"] >= (
        rows.first.bounding_box()["y"] + rows.first.bounding_box()["height"]
    )
    for cell in page.locator("#table td").all():
        if cell.is_visible():
            box = cell.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert cell.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heading(page, "File").get_by_role("button").click()
    assert table_cells(page, "file")[0] == "1.png"
    context.close()


def test_an_error_of_all_images_stands_in_the_place_of_the_table(table):
    table.route("**/page/rows", lambda route: route.abort())
    table.click("#many-options summary")
    table.locator("#many-options").get_by_role("button", name="Read again").click()
    table.wait_for_selector("#summary [data-testid=problem]")
    assert "The server cannot be reached" in table.inner_text("#summary")
    assert not table.locator("#table").is_visible()
    table.unroute_all()
    table.locator("#many-options").get_by_role("button", name="Read again").click()
    wait_for_rows(table, 5)
    table.errors.clear()  # The browser has written that the request failed.
