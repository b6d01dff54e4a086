"""The panel of one image: what a rejected reading offers, copying, the last readings."""

import base64

import pytest

from tests.demo.pages import (
    EXAMPLE_BUTTONS,
    ONE,
    TWO,
    click_example,
    upload,
    wait_for_problem,
    wait_for_text,
    write_novel,
    write_renamed_text,
)

pytestmark = pytest.mark.slow


def test_a_rejected_reading_says_what_the_model_reads_and_what_to_do_next(page, tmp_path):
    page.goto(f"{page.url}?model=captcha-images-v2")
    page.wait_for_selector("#image")
    upload(page, write_novel(tmp_path / "novel.png"))
    page.wait_for_selector("[data-testid=next-steps]")
    assert "unlike the training images" in page.inner_text("[data-testid=verdict]")
    assert "Best guess, not accepted" in page.inner_text(".cm-headline")
    steps = page.locator("[data-testid=next-steps]")
    assert "The model captcha-images-v2 reads captchas in the style of" in steps.inner_text()
    assert "docs/training.md" in steps.inner_text()
    assert "captcha_model.read" not in page.inner_text("#result")  # Not Python's advice.
    steps.get_by_text("Train on your own images").click()
    commands = steps.locator("pre").inner_text().splitlines()
    assert len(commands) == 4
    assert commands[2].startswith("captcha-model train --data ")
    steps.get_by_role("button", name="Read it with general").click()
    page.wait_for_function(
        "document.querySelector('#result [data-testid=model]')?.innerText === 'general'"
    )
    assert "model=general" in page.url


def test_the_text_is_copied(page, model, address):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    upload(page, ONE)
    page.get_by_role("button", name="Copy the text").click()
    page.wait_for_function("document.querySelector('[data-copy]').innerText === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == model.predict(ONE).text


def test_the_text_is_copied_without_a_clipboard_too(page, model):
    """As on a page without https."""
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    upload(page, ONE)
    page.get_by_role("button", name="Copy the text").click()
    page.wait_for_function("document.querySelector('[data-copy]').innerText === 'Copied'")


def test_the_last_ten_readings_can_be_shown_again_without_a_request(page, model):
    texts = [model.predict(path).text for path in (ONE, TWO)]
    assert not page.locator(".cm-recent").is_visible()
    for number in range(12):
        click_example(page, number % 2 + 1)
        wait_for_text(page, texts[number % 2])
    buttons = page.locator(".cm-recent button")
    assert buttons.count() == 10
    assert buttons.first.inner_text() == texts[1]
    before = len(page.requested)
    buttons.nth(1).click()
    wait_for_text(page, texts[0])
    assert page.locator(EXAMPLE_BUTTONS).first.get_attribute("aria-pressed") == "true"
    assert [url for url in page.requested[before:] if "/page/" in url] == []
    page.reload()
    page.wait_for_selector("#image")
    assert page.locator(".cm-recent button").count() == 0


def test_an_example_has_a_frame_only_while_it_is_shown(page, model, tmp_path):
    first = page.locator(EXAMPLE_BUTTONS).first
    click_example(page, 1)
    wait_for_text(page, model.predict(ONE).text)
    assert first.get_attribute("aria-pressed") == "true"
    upload(page, TWO)
    wait_for_text(page, model.predict(TWO).text)
    assert first.get_attribute("aria-pressed") == "false"
    click_example(page, 1)
    upload(page, write_renamed_text(tmp_path / "a.png"))
    wait_for_problem(page, "not an image")
    assert page.locator("[aria-pressed=true]").count() == 0


def test_the_picture_stands_once_and_nothing_is_left_over(page, model):
    upload(page, ONE)
    wait_for_text(page, model.predict(ONE).text)
    assert page.locator("#result img").count() == 1
    assert page.locator("#image img").count() == 0
    assert not page.locator("[data-testid=heat]").is_visible()
    badge = page.locator(".cm-verdict")
    assert badge.bounding_box()["height"] < 40  # One line.
    footers = [footer for footer in page.locator("footer").all() if footer.is_visible()]
    assert [footer.inner_text().split() for footer in footers] == [["REST", "API", "Gradio", "API"]]
    assert "common." not in page.inner_text("body")


def test_the_footer_leads_to_the_description_of_gradio_s_api(page):
    page.get_by_role("button", name="Gradio API").click()
    page.get_by_text("/read_many").first.wait_for()
    assert page.get_by_text("min_confidence").first.is_visible()
    # Gradio looks for tools of its own for MCP clients, which are not served.
    page.errors[:] = [error for error in page.errors if "404" not in error]


def test_a_later_image_wins_over_an_earlier_one_that_takes_longer(page, model):
    held = []
    page.route("**/page/read", lambda route: held.append(route) if not held else route.continue_())
    upload(page, ONE)
    page.wait_for_timeout(300)
    upload(page, TWO)
    wait_for_text(page, model.predict(TWO).text)
    assert page.locator(".cm-recent button").count() == 1
    page.unroute_all(behavior="ignoreErrors")


def test_an_image_can_be_pasted(page, model):
    page.evaluate(
        """data => {
            const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
            const files = new DataTransfer();
            files.items.add(new File([bytes], "a.png", {type: "image/png"}));
            const event = new ClipboardEvent("paste", {clipboardData: files, bubbles: true});
            document.body.dispatchEvent(event);
        }""",
        base64.b64encode(ONE.read_bytes()).decode(),
    )
    wait_for_text(page, model.predict(ONE).text)
