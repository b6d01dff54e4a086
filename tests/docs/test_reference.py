"""What pages say of a format or show of an answer is what the package writes."""

import json

import pytest

import captcha_model
from captcha_model.config import FORMAT_VERSION
from tests.conftest import EXAMPLES
from tests.docs.pages import blocks, read


def test_the_page_of_the_model_folder_has_its_format():
    page = " ".join(read("docs/model-folder.md").split())
    assert f'| `"format_version"` | integer | {FORMAT_VERSION}; a newer one' in page
    assert f"Formats 1 to {FORMAT_VERSION - 1} are still read and saved in this one" in page


def test_the_answer_on_the_page_of_the_rest_api_is_that_of_its_request():
    page = "docs/rest-and-mcp.md"
    assert "curl -F image=@demo/examples/1.png http://localhost:7860/api/read\n" in read(page)
    shown = json.loads(blocks(page, "json")[0].text)
    (reading,) = captcha_model.read([EXAMPLES / "1.png"])
    answer = reading.to_dict()
    # The page shows a character without its alternatives.
    answer["characters"] = [{**answer["characters"][0], "alternatives": []}]
    assert list(shown) == list(answer)
    for name in ("confidence", "runner_up", "length_variant"):
        # The graph with 8 bits, which some processors run, gives slightly other confidences.
        assert _numbers(shown.pop(name)) == pytest.approx(_numbers(answer.pop(name)), abs=1e-3)
    for name in ("left", "right"):
        at = answer["characters"][0].pop(name)
        assert shown["characters"][0].pop(name) == pytest.approx(at, abs=0.1)
    assert shown == answer


def _numbers(value):
    """Return a confidence by the text that it is of."""
    return {value["text"]: value["confidence"]} if isinstance(value, dict) else {"": value}
