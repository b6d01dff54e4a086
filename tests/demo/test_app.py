"""A running `app.py` in a browser, through Gradio's client and through plain HTTP."""

import base64
import json
import re
import urllib.error
import urllib.request

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from captcha_model.hub import BUNDLED
from tests.conftest import EXAMPLES, ROOT
from tests.demo.conftest import failed_app, get, running_app
from tests.demo.pages import click_example, wait_for_rows
from tests.hub_repos import LARGE, Blob, Repo
from tests.hub_server import LoopbackHub

pytestmark = pytest.mark.slow

EXAMPLE = EXAMPLES / "1.png"


@pytest.fixture(scope="module")
def client(address):
    return Client(address, verbose=False)


def test_health(address):
    assert json.loads(get(f"{address}/healthz"))["status"] == "ok"


def test_upload_shows_the_text_and_a_tile_for_every_character(page, model, address):
    reading = model.predict(EXAMPLE)
    page.set_input_files("#image input[type=file]", str(EXAMPLE))
    page.wait_for_selector("[data-testid=text]")
    assert page.inner_text("[data-testid=text]") == reading.text
    tiles = page.locator("[data-testid=tile]").all()
    assert [tile.inner_text().split()[0] for tile in tiles] == list(reading.text)
    assert all(re.search(r"\d\d\.\d %", tile.inner_text()) for tile in tiles)
    assert all(len(tile.locator("li").all()) == 3 for tile in tiles)
    assert page.locator(".cm-span").count() == len(reading.text)
    assert re.search(r"\d ms on ", page.inner_text(".cm-about"))
    verdict = "Accepted" if reading.accepted else "Not accepted"
    assert verdict in page.inner_text("[data-testid=verdict]")
    external = [url for url in page.requested if not url.startswith((address, "data:", "blob:"))]
    assert not external


def test_the_heatmap_is_aligned_with_the_image_and_can_be_folded(page):
    page.set_input_files("#image input[type=file]", str(EXAMPLE))
    page.wait_for_selector("[data-testid=text]")
    assert not page.locator("[data-testid=heat]").is_visible()
    page.click(".cm-seen summary")
    image = page.locator(".cm-picture img").bounding_box()
    heat = page.locator("[data-testid=heat] svg").bounding_box()
    assert (heat["x"], heat["width"]) == pytest.approx((image["x"], image["width"]), abs=0.5)
    assert heat["y"] > image["y"] + image["height"]
    marks = [span.bounding_box() for span in page.locator(".cm-span").all()]
    frames = [frame.bounding_box() for frame in page.locator(".cm-frame").all()]
    for mark, frame in zip(marks, frames, strict=True):
        assert frame["x"] == pytest.approx(mark["x"], abs=2)
        assert frame["width"] == pytest.approx(mark["width"], abs=4)
    page.click(".cm-seen summary")
    assert not page.locator("[data-testid=heat]").is_visible()


def option(page, tab: str, name: str):
    return page.locator(f"#{tab}-options").get_by_label(name)


def test_options_apply_to_the_image_and_to_the_next_one(page, model):
    page.set_input_files("#image input[type=file]", str(EXAMPLE))
    page.wait_for_selector("[data-testid=text]")
    page.click("#one-options summary")
    option(page, "one", "Length").fill("4")
    option(page, "one", "Minimum confidence, %").fill("100 %")
    page.keyboard.press("Enter")
    four = model.predict(EXAMPLE, length=4, min_confidence=1.0)
    assert four.text != model.predict(EXAMPLE).text
    page.wait_for_function(
        "text => document.querySelector('[data-testid=text]')?.innerText === text", arg=four.text
    )
    assert "Not accepted" in page.inner_text("[data-testid=verdict]")
    click_example(page, 2)
    next_ = model.predict(EXAMPLES / "2.png", length=4, min_confidence=1.0)
    page.wait_for_function(
        "text => document.querySelector('[data-testid=text]')?.innerText === text", arg=next_.text
    )


def test_frames_and_the_value_of_a_sum(page, model, tmp_path):
    first, second = (Image.open(EXAMPLES / f"{i}.png").convert("L") for i in (1, 2))
    path = tmp_path / "two.gif"
    first.save(path, save_all=True, append_images=[second])
    page.set_input_files("#image input[type=file]", str(path))
    page.wait_for_selector("[data-testid=warning]")
    assert "Only the first of 2 frames was read." in page.inner_text("[data-testid=warning]")
    assert page.inner_text("[data-testid=text]") == model.predict(EXAMPLE).text
    page.click("#one-options summary")
    option(page, "one", "Frames of an animation").fill("last")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=warning]", state="detached")
    assert page.inner_text("[data-testid=text]") == model.predict(EXAMPLES / "2.png").text
    option(page, "one", "Pattern").fill(r"\dx\d{3}")
    option(page, "one", "Compute the value").check()
    page.wait_for_selector("[data-testid=value]")
    value = model.predict(EXAMPLES / "2.png", pattern=r"\dx\d{3}", arithmetic=True).value
    assert page.inner_text("[data-testid=value]") == f"Value: {value}"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Pattern", "a{", "cannot be understood"),
        ("Length", "long", "not a length such as"),
        ("Only these characters", "ß", "No text is left"),
        ("Minimum confidence, %", "<b>", "not a percentage"),
    ],
)
def test_an_invalid_option_shows_a_message_instead_of_the_result(page, name, value, message):
    page.set_input_files("#image input[type=file]", str(EXAMPLE))
    page.wait_for_selector("[data-testid=text]")
    page.click("#one-options summary")
    option(page, "one", name).fill(value)
    page.locator("#one-options").get_by_role("button", name="Read again").click()
    page.wait_for_selector("[data-testid=problem]")
    assert message in page.inner_text("[data-testid=problem]")
    assert page.locator("[data-testid=text]").count() == 0
    option(page, "one", name).fill("")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=text]")


def test_an_example_is_read_on_click(page, model):
    click_example(page, 1)
    page.wait_for_selector("[data-testid=text]")
    assert page.inner_text("[data-testid=text]") == model.predict(EXAMPLE).text


def test_bad_input_shows_a_message_instead_of_the_result(page, tmp_path):
    page.set_input_files("#image input[type=file]", str(EXAMPLE))
    page.wait_for_selector("[data-testid=text]")
    page.locator("#image").get_by_role("button", name="Clear").click()
    page.wait_for_selector(".cm-empty")
    (tmp_path / "bad.png").write_bytes(b"<script>alert(1)</script>")
    page.set_input_files("#image input[type=file]", str(tmp_path / "bad.png"))
    page.wait_for_selector("[data-testid=problem]")
    assert "not an image that can be read" in page.inner_text("[data-testid=problem]")
    assert page.locator("[data-testid=text]").count() == 0
    assert "Traceback" not in page.content()


def test_many_images_give_a_table_and_a_csv(page, model, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    page.get_by_role("tab", name="Many images").click()
    page.set_input_files(
        "#files input[type=file]", [str(EXAMPLE), str(EXAMPLES / "2.png"), str(bad)]
    )
    wait_for_rows(page, 3)
    assert "2 images read, 1 could not be read" in page.inner_text("#summary")
    table = page.inner_text("#table")
    assert model.predict(EXAMPLE).text in table
    assert "not an image" in table
    assert page.locator("#table img").count() >= 2
    with page.expect_download() as download:
        page.click("#csv")
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith(f"1.png,{model.predict(EXAMPLE).text},")


def test_options_apply_to_many_images(page, model):
    page.get_by_role("tab", name="Many images").click()
    page.click("#many-options summary")
    option(page, "many", "Length").fill("4")
    option(page, "many", "Minimum confidence, %").fill("100")
    page.set_input_files("#files input[type=file]", [str(EXAMPLE), str(EXAMPLES / "2.png")])
    wait_for_rows(page, 2)
    assert page.inner_text("#summary") == "2 images read; 2 of the readings were rejected."
    assert model.predict(EXAMPLE, length=4).text in page.inner_text("#table")
    option(page, "many", "Pattern").fill("a{")
    page.keyboard.press("Enter")
    page.wait_for_selector("#summary .cm-problem")
    assert "cannot be understood" in page.inner_text("#summary")
    assert not page.locator("#table").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling(browser, address, scheme):
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#image")
    page.set_input_files("#image input[type=file]", str(EXAMPLE))
    page.wait_for_selector("[data-testid=tile]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("tab", name="Many images").click()
    page.set_input_files("#files input[type=file]", [str(EXAMPLE)])
    page.wait_for_selector("#csv")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_page_works_with_the_keyboard_alone(page):
    """Tab reaches an example, and Enter reads it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.cm-example')"):
            page.keyboard.press("Enter")
            break
    page.wait_for_selector("[data-testid=tile]")


def test_the_api_returns_plain_json(client, model):
    response = client.predict(handle_file(str(EXAMPLE)), api_name="/read")
    assert response == model.predict(EXAMPLE).to_dict()


def test_the_api_reads_many(client, model, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    files = [handle_file(str(path)) for path in (EXAMPLE, bad, EXAMPLES / "2.png")]
    first, error, last = client.predict(files, api_name="/read_many")
    assert first["text"] == model.predict(EXAMPLE).text
    assert last["file"] == "2.png"
    assert error == {
        "file": "bad.png",
        "error": {"code": "IMAGE_FORMAT", "message": error["error"]["message"]},
    }


def test_the_api_returns_error_messages(client, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    with pytest.raises(Exception, match="not an image that can be read"):
        client.predict(handle_file(str(bad)), api_name="/read")


def call(address: str, payload: dict, *options: object) -> str:
    """Call `/read` by plain HTTP and return the event stream."""
    request = urllib.request.Request(
        f"{address}/gradio_api/call/read",
        json.dumps({"data": [payload, *options]}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        event = json.load(response)["event_id"]
    return get(f"{address}/gradio_api/call/read/{event}").decode()


def test_the_api_takes_data_urls(address, model):
    url = "data:image/png;base64," + base64.b64encode(EXAMPLE.read_bytes()).decode()
    assert f'"text": "{model.predict(EXAMPLE).text}"' in call(address, {"url": url})


@pytest.mark.parametrize(
    "payload",
    [
        {"path": "/etc/passwd"},
        {"path": str(ROOT / "pyproject.toml")},
        {"url": "http://127.0.0.1:9/x.png"},
        {"url": "data:image/png;base64,!!!"},
        {"url": "data:text/html,<b>"},
    ],
)
def test_files_of_the_server_and_urls_are_rejected(address, payload):
    try:
        response = call(address, {**payload, "meta": {"_type": "gradio.FileData"}})
    except urllib.error.HTTPError as error:
        response = f"event: error {error.code}"
    assert "event: error" in response
    assert "root:" not in response
    assert "Traceback" not in response


@pytest.mark.server
def test_a_port_in_use_is_an_error(address):
    port = address.rpartition(":")[2]
    assert f"Port {port} of 127.0.0.1 is in use" in failed_app("--port", port)


@pytest.mark.server
def test_a_model_that_cannot_be_loaded_is_an_error(tmp_path):
    assert failed_app("--model", str(tmp_path)).startswith("The model cannot be loaded: ")


@pytest.fixture
def hub(tmp_path) -> dict[str, str]:
    """Environment variables for a Hub with one repository, which has our model only as `v1`."""
    repo = Repo("user/reader")
    repo.commit("main", {"README.md": Blob(b"Empty.", large=False)}, "begin")
    files = {path.name: Blob(path.read_bytes(), path.suffix in LARGE) for path in BUNDLED.iterdir()}
    repo.commit("v1", files, "add the model")
    server = LoopbackHub()
    server.repos["models", repo.repo_id] = repo
    return {"HF_ENDPOINT": server.url, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}


@pytest.mark.server
def test_a_revision_of_a_repository_is_served(hub, model):
    with running_app(CAPTCHA_MODEL="user/reader@v1", **hub) as url:
        response = httpx.post(f"{url}/api/read", files={"image": EXAMPLE.read_bytes()})
    # The name of a repository is not told.
    assert response.json() == {**model.predict(EXAMPLE).to_dict(), "model": None}


@pytest.mark.server
@pytest.mark.parametrize("name", ["user/reader@v2", "user/reader", "user/none@v1"])
def test_a_repository_that_cannot_be_served_is_an_error_in_one_line(hub, name):
    output = failed_app(CAPTCHA_MODEL=name, **hub)
    assert output.startswith("The model cannot be loaded: ")
    assert name.partition("@")[0] in output


@pytest.mark.server
def test_a_repository_that_is_not_cached_is_an_error_offline(tmp_path):
    output = failed_app("--model", "user/none", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert output.startswith("The model cannot be loaded: ")
    assert "user/none" in output
