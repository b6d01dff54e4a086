"""axe-core finds nothing serious in any state of the page, light and dark, wide and narrow."""

import pytest

from tests.demo.pages import (
    ONE,
    click_example,
    open_table,
    upload,
    wait_for_problem,
    wait_for_rows,
    wait_for_text,
    write_novel,
    write_renamed_text,
)

pytestmark = pytest.mark.slow

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page) -> list[str]:
    """Return what axe finds that is serious or critical, with the elements."""
    from axe_playwright_python.sync_playwright import Axe

    # The page's policy allows no script from outside; the browser's own tools may add it.
    page.evaluate(Axe().axe_script)
    found = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", TAGS)
    return [
        f"{each['impact']} {each['id']}: {[node['html'][:120] for node in each['nodes']]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_has_a_serious_finding(browser, address, model, tmp_path, scheme, width):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{address}/?model=captcha-images-v2")
    page.wait_for_selector("#image")
    found = {"empty": findings(page)}
    click_example(page, 1)
    wait_for_text(page, model.predict(ONE).text)
    click_example(page, 2)
    page.wait_for_selector(".cm-recent button")
    page.click(".cm-seen summary")
    page.click("#one-options summary")
    found["read"] = findings(page)
    upload(page, write_novel(tmp_path / "novel.png"))
    page.wait_for_selector("[data-testid=next-steps]")
    page.click(".cm-next summary")
    found["rejected"] = findings(page)
    bad = write_renamed_text(tmp_path / "bad.png")
    upload(page, bad)
    wait_for_problem(page, "not an image")
    found["problem"] = findings(page)
    open_table(page)
    found["empty table"] = findings(page)
    upload(page, ONE, bad, tmp_path / "novel.png", to="files")
    wait_for_rows(page, 3)
    page.get_by_role("columnheader", name="Text", exact=True).get_by_role("button").click()
    found["table"] = findings(page)
    page.get_by_role("button", name="novel.png").click()
    page.locator("dialog [data-testid=next-steps]").wait_for()
    found["detail"] = findings(page)
    context.close()
    assert {state: each for state, each in found.items() if each} == {}


def test_targets_are_large_enough(page, model):
    click_example(page, 1)
    wait_for_text(page, model.predict(ONE).text)
    page.click("#one-options summary")
    small = page.evaluate(
        """() => [...document.querySelectorAll(
                '.gradio-container :is(button, select, summary, a, input:not([type=checkbox]))')]
            .filter(e => e.tabIndex >= 0 && e.checkVisibility())
            .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
            .map(([html]) => html)"""
    )
    assert small == []


def test_a_screen_reader_hears_the_reading_in_one_sentence(page, model):
    reading = model.predict(ONE)
    upload(page, ONE)
    wait_for_text(page, reading.text)
    said = page.locator("captcha-reader [role=status]")
    assert said.inner_text() == f"Read {reading.text}, 99.4 %, accepted."
    assert page.locator("#result [aria-live], #result [role=status]").count() == 0
    for number in range(1, 4):
        assert page.get_by_role("button", name=f"Read example {number}", exact=True).count() == 1
