"""Several models: on the page, in its address and in every interface for programs."""

import base64
import dataclasses

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from captcha_model import CaptchaModel, ModelChooser
from captcha_model.model_card import ModelFacts
from demo.serving.models import ServedModels, name_of_source
from demo.serving.start import load
from tests.demo.conftest import running_app
from tests.demo.pages import EXAMPLE_BUTTONS, ONE, click_example, upload, wait_for_text
from tests.hub_card.facts import TRAINING
from tests.random_models import random_model


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A saved model that reads other characters than the bundled ones, with images on its card."""
    folder = tmp_path_factory.mktemp("runs") / "mine" / "model"
    model = random_model("crnn")
    changed = {"training.card_images": "true"}
    training = dataclasses.replace(TRAINING, data="mine", changed=changed)
    model.facts = ModelFacts(training=training)
    model.card_images = [Image.new("L", (64, 32), 30 * n) for n in range(6)]
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def endpoint(mine):
    with running_app("--model", str(mine), "--model", "captcha-images-v2", "--mcp") as url:
        yield url


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("runs/mine/model", "mine"),
        ("/srv/plates", "plates"),
        ("user/repo@v1", "repo"),
        ("captcha-images-v2", "captcha-images-v2"),
        ("model", "model"),
        ("/model", "model"),
    ],
)
def test_a_model_is_named_by_the_last_part_of_its_source(source, name):
    assert name_of_source(source) == name


def test_given_models_come_first_and_bundled_ones_follow(mine, model):
    served = ServedModels(load([str(mine)]))
    assert [*served.entries] == ["mine", "auto", "captcha-images-v2", "general"]
    assert served.default == "mine"
    assert [*ServedModels(ModelChooser()).entries] == ["auto", "captcha-images-v2", "general"]
    assert ServedModels(model).default == "captcha-images-v2"


def test_the_examples_of_an_own_model_are_those_of_its_card(mine, model, tmp_path):
    served = ServedModels(load([str(mine)]))
    own = [image.tobytes() for image in served.entries["mine"].examples]
    bundled = {image.tobytes() for image in served.entries["captcha-images-v2"].examples}
    assert len(own) == 6
    assert not bundled & set(own)
    # Another save keeps them.
    CaptchaModel.from_pretrained(mine).save_pretrained(tmp_path / "copy")
    again = CaptchaModel.from_pretrained(tmp_path / "copy").card_pictures()
    assert [image.tobytes() for image in again] == own
    (mine / "examples.png").rename(mine / "moved")
    try:
        assert ServedModels(load([str(mine)])).entries["mine"].examples == ()
    finally:
        (mine / "moved").rename(mine / "examples.png")


@pytest.mark.slow
def test_the_page_offers_them_and_the_address_has_the_choice(browser, endpoint, model):
    page = browser.new_page()
    page.goto(endpoint)
    page.wait_for_selector("#image")
    choice = page.get_by_label("Model")
    names = choice.locator("option").all_inner_texts()
    assert names == ["mine", "captcha-images-v2", "auto", "general"]
    assert "abcdef" in page.inner_text("[data-testid=about]")
    assert page.locator(".cm-examples:not([hidden]) h2").inner_text() == (
        "Examples of this model's card"
    )
    assert page.locator(EXAMPLE_BUTTONS).count() == 6
    upload(page, ONE)
    page.wait_for_selector("#result .cm-result")
    choice.select_option("captcha-images-v2")
    wait_for_text(page, model.predict(ONE).text)
    assert page.url == f"{endpoint}/?model=captcha-images-v2"
    page.reload()
    page.wait_for_selector("#image")
    assert page.get_by_label("Model").input_value() == "captcha-images-v2"
    click_example(page, 1)
    wait_for_text(page, model.predict(ONE).text)
    page.goto(f"{endpoint}/?model=nothing")
    page.wait_for_selector("#image")
    assert page.get_by_label("Model").input_value() == "mine"
    page.close()


def read_by_rest(url: str, name: str) -> str:
    files = {"image": ONE.read_bytes()}
    return httpx.post(f"{url}/api/read", files=files, data={"model": name}, timeout=60).text


def read_by_mcp(url: str, name: str) -> str:
    arguments = {"image": base64.b64encode(ONE.read_bytes()).decode(), "model": name}
    call = {"name": "read_image", "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {"Accept": "application/json, text/event-stream"}
    return httpx.post(f"{url}/mcp", json=message, headers=headers, timeout=60).text


def read_by_gradio(url: str, name: str) -> str:
    client = Client(url, verbose=False)
    try:
        return str(client.predict(handle_file(str(ONE)), model=name, api_name="/read"))
    except Exception as error:
        return str(error)


@pytest.mark.slow
@pytest.mark.parametrize("read", [read_by_rest, read_by_mcp, read_by_gradio])
def test_every_interface_takes_the_model(endpoint, model, read):
    text = model.predict(ONE).text
    assert text in read(endpoint, "captcha-images-v2")
    assert text not in read(endpoint, "mine")
    assert text not in read(endpoint, "")
    assert "There is no model" in read(endpoint, "nothing")
