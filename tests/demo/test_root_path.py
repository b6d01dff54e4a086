"""The demo below a path of a reverse proxy, which removes that path or leaves it."""

import httpx
import pytest
from gradio_client import Client, handle_file

from tests.conftest import EXAMPLES
from tests.demo.conftest import failed_app, running_app
from tests.demo.pages import click_example
from tests.demo.reverse_proxy import reverse_proxy

pytestmark = [pytest.mark.slow, pytest.mark.server]

ONE = EXAMPLES / "1.png"
PREFIX = "/tools/captcha"


@pytest.fixture(scope="module")
def app():
    with running_app(GRADIO_ROOT_PATH=PREFIX) as url:
        yield url


@pytest.fixture(scope="module", params=[True, False], ids=["strips", "keeps"])
def address(request, app):
    with reverse_proxy(app, PREFIX, strips=request.param) as url:
        yield url


def test_the_api_and_its_description_work(address, model):
    text = model.predict(ONE).text
    response = httpx.post(f"{address}/api/read", files={"image": ONE.read_bytes()}, timeout=30)
    assert response.json()["text"] == text
    assert httpx.get(f"{address}/healthz").json()["status"] == "ok"
    assert "captcha_requests_total" in httpx.get(f"{address}/metrics").text
    description = httpx.get(f"{address}/openapi.json").json()
    assert description["servers"] == [{"url": PREFIX}]
    assert "/api/read" in description["paths"]
    docs = httpx.get(f"{address}/docs")
    assert f"'{PREFIX}/openapi.json'" in docs.text
    assert "cdn.jsdelivr.net" in docs.headers["Content-Security-Policy"]
    unknown = httpx.get(f"{address}/gradio_api/nothing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")


def test_gradio_s_client_works(address, model):
    client = Client(f"{address}/", verbose=False)
    assert client.predict(handle_file(str(ONE)), api_name="/read")["text"] == (
        model.predict(ONE).text
    )


def test_the_page_works(browser, address, model):
    page = browser.new_page()
    requested, errors = [], []
    page.on("request", lambda request: requested.append(request.url))

    def on_console(entry) -> None:
        # The browser asks for the icon of the whole site, which is not ours.
        if entry.type == "error" and not entry.location["url"].endswith("/favicon.ico"):
            errors.append(entry.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/")
    page.wait_for_selector("#image")
    page.set_input_files("#image input[type=file]", str(ONE))
    page.wait_for_selector("[data-testid=text]")
    assert page.inner_text("[data-testid=text]") == model.predict(ONE).text
    click_example(page, 2)
    page.wait_for_function(
        "text => document.querySelector('[data-testid=text]')?.innerText === text",
        arg=model.predict(EXAMPLES / "2.png").text,
    )
    page.get_by_role("tab", name="Many images").click()
    page.set_input_files("#files input[type=file]", [str(ONE)])
    page.wait_for_selector("#csv")
    with page.expect_download() as download:
        page.click("#csv")
    assert model.predict(ONE).text in download.value.path().read_text()
    page.close()
    external = [url for url in requested if not url.startswith((address, "data:", "blob:"))]
    assert (external, errors) == ([], [])


def test_the_prefix_alone_leads_to_the_page(app):
    with reverse_proxy(app, PREFIX, strips=False) as address:
        response = httpx.get(address, follow_redirects=True)
    assert str(response.url) == f"{address}/"
    assert "window.gradio_config" in response.text


def test_the_server_itself_still_answers(app):
    assert httpx.get(f"{app}/healthz").json()["status"] == "ok"


def test_an_invalid_prefix_starts_no_server():
    assert failed_app(GRADIO_ROOT_PATH="captcha").startswith(
        "The page cannot be served: GRADIO_ROOT_PATH must be a path such as /captcha"
    )
