"""The page on a public address in a browser: login, messages, frames and injected scripts."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.conftest import EXAMPLES
from tests.demo.conftest import running_app

pytestmark = pytest.mark.slow

ONE = EXAMPLES / "1.png"


@pytest.mark.server
def test_the_page_works_behind_the_login(browser, model):
    credentials = {"username": "ann", "password": "secret"}
    with running_app(CAPTCHA_AUTH="ann:secret") as url:
        context = browser.new_context(http_credentials=credentials)
        page = context.new_page()
        page.goto(url)
        page.set_input_files("#image input[type=file]", str(ONE))
        page.wait_for_selector("[data-testid=text]")
        assert page.inner_text("[data-testid=text]") == model.predict(ONE).text
        context.close()


@pytest.mark.server
def test_a_page_of_another_origin_cannot_use_the_login(browser, other_server):
    """The browser knows the password, and adds it to the form that the other page sends."""
    url, _, handler = other_server
    credentials = {"username": "ann", "password": "secret"}
    with running_app(CAPTCHA_AUTH="ann:secret") as locked:
        handler.html = f'''<form method="post" action="{locked}/api/read"
            enctype="multipart/form-data"><input name="length" value="5"><button>x</button>'''
        context = browser.new_context(http_credentials=credentials)
        page = context.new_page()
        page.goto(locked)
        page.goto(url)
        with page.expect_navigation() as navigation:
            page.click("button")
        assert (navigation.value.status, navigation.value.json()["code"]) == (403, "CROSS_ORIGIN")
        context.close()


@pytest.mark.server
def test_the_page_shows_that_the_rate_limit_is_reached(browser):
    with running_app(CAPTCHA_RATE_LIMIT="1/hour") as url:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("#image")
        page.set_input_files("#image input[type=file]", str(ONE))
        page.wait_for_selector("[data-testid=text]")
        page.click("#one-options summary")
        page.locator("#one-options").get_by_role("button", name="Read again").click()
        page.get_by_text("Too many requests. Try again in").first.wait_for()
        page.close()


@pytest.mark.server
def test_the_page_shows_that_an_upload_is_rejected(browser):
    with running_app(CAPTCHA_RATE_LIMIT="1/hour") as url:
        httpx.post(f"{url}/api/read")
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("#image")
        page.set_input_files("#image input[type=file]", str(ONE))
        page.get_by_text("Too many requests. Try again in").first.wait_for()
        page.close()


@pytest.mark.server
def test_the_page_shows_that_the_server_is_busy(browser):
    """Other clients keep the queue of length one full."""
    with running_app(CAPTCHA_QUEUE_SIZE="1") as url:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("#image")
        stop = threading.Event()

        def keep_busy():
            files = {"image": ONE.read_bytes()}
            with httpx.Client(timeout=60) as client:
                while not stop.is_set():
                    client.post(f"{url}/api/read", files=files)

        with ThreadPoolExecutor(12) as pool:
            clients = [pool.submit(keep_busy) for _ in range(12)]
            try:
                # Only once: a second click would close the options and hide the button.
                page.click("#one-options summary")
                again = page.locator("#one-options").get_by_role("button", name="Read again")
                page.set_input_files("#image input[type=file]", str(ONE))
                for _ in range(20):
                    page.wait_for_selector("[data-testid=problem], [data-testid=text]")
                    if page.locator("[data-testid=problem]").count():
                        break
                    again.click()
                    page.wait_for_timeout(300)
                assert "The server is busy" in page.inner_text("[data-testid=problem]")
            finally:
                stop.set()
                for client in clients:
                    client.result()
        page.close()


@pytest.mark.server
def test_only_allowed_origins_may_show_the_page_in_a_frame(browser, other_server, address, model):
    url, _, handler = other_server
    with running_app(CAPTCHA_FRAME_ANCESTORS=f"'self' {url}") as allowed:
        for framed, is_shown in ((address, False), (allowed, True)):
            handler.html = f'<iframe src="{framed}" width="1000" height="800"></iframe>'
            page = browser.new_page()
            page.goto(url)
            frame = page.frame_locator("iframe")
            if is_shown:
                frame.locator("#image input[type=file]").set_input_files(str(ONE))
                frame.locator("[data-testid=text]").wait_for()
                assert frame.locator("[data-testid=text]").inner_text() == model.predict(ONE).text
            else:
                page.wait_for_timeout(1500)
                assert frame.locator("#image").count() == 0
            page.close()


def test_an_injected_script_does_not_run(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("#image")
    page.evaluate(
        """() => {
            const box = document.createElement("div");
            box.innerHTML = '<img src="data:," onerror="window.ran = 1">';
            document.body.append(box);
            const script = document.createElement("script");
            script.textContent = "window.ran = 2";
            document.body.append(script);
            const other = document.createElement("script");
            other.src = "http://127.0.0.1:9/x.js";
            document.body.append(other);
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None
    page.close()
