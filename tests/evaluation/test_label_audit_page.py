import math
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.evaluation.label_audit import suspect
from captcha_model.evaluation.label_audit_page import (
    MAX_IMAGE_SIZE,
    Entry,
    audit_page,
    image_url,
    percent,
    times,
)
from captcha_model.images.decode import decode_image
from captcha_model.prediction import Alternative, Character, Prediction
from tests.conftest import EXAMPLES

texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=6)


class Page(HTMLParser):
    """The tags of a page with their attributes, and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def entry(name: str, label: str, text: str, url: str | None = None) -> Entry:
    characters = tuple(Character(c, 0.75, None, None) for c in text)
    read = Prediction(text, 0.8, characters, 200, 50, runner_up=Alternative("other", 0.1))
    return Entry(suspect(name, label, read, math.log(0.2)), url)


PLAIN = Page(audit_page([entry("a.png", "a", "b")], 1, "One."))


@pytest.mark.slow
@given(texts, texts, texts, texts)
def test_data_never_becomes_html(name, label, text, summary):
    found = Page(audit_page([entry(name, label, text)], 1, summary))
    known = {"td", "tr", "b"}
    assert [t for t, _ in found.tags if t not in known] == [
        t for t, _ in PLAIN.tags if t not in known
    ]
    assert {key for _, attributes in found.tags for key in attributes} <= {
        key for _, attributes in PLAIN.tags for key in attributes
    }
    assert name in "".join(found.texts)
    assert summary in "".join(found.texts)


def test_markup_is_escaped():
    markup = '"><img src=x onerror=alert(1)>'
    page = audit_page([entry(markup, markup, markup[::-1], None)], 1, markup)
    assert "<img" not in page
    assert "&lt;img src=x" in page
    shown = Page(audit_page([entry(markup, markup, "b", "data:image/png;base64,")], 1, ""))
    ((_, image),) = [tag for tag in shown.tags if tag[0] == "img"]
    assert image == {"src": "data:image/png;base64,", "alt": f"The image labelled {markup}"}


def test_the_page_loads_nothing():
    url = image_url(EXAMPLES / "1.png")
    page = audit_page([entry("a.png", "a", "b", url)], 1, "")
    addresses = re.findall(r'(?:src|href)="([^"]*)', page)
    assert addresses == [url]
    assert not re.search(r"url\(|@import|<script|<link|<iframe", page)
    assert "default-src 'none'" in page
    assert "http:" not in page
    assert "https:" not in page


def test_differences_are_marked_in_both_texts():
    page = audit_page([entry("1.png", "anc", "amc")], 5, "")
    assert re.findall(r'<td class="differs">(.*?)</td>', page) == ["n", "m"]
    assert re.findall(r"<td>(.*?)</td>", page)[:4] == ["a", "c", "a", "c"]
    assert page.count("75.0 %") == 3
    assert "<b>amc</b>" in page
    assert "4 times as probable as the label" in page
    assert "The 1 most suspicious of 5 images" in page


def test_a_correct_reading_is_compared_with_the_runner_up():
    words = " ".join("".join(Page(audit_page([entry("1.png", "a", "a")], 1, "")).texts).split())
    assert "The reading equals the label, which is 2 times as probable as other." in words
    assert "All images" in words


def test_an_empty_reading_and_no_image():
    page = audit_page([entry("1.png", "a", "")], 1, "")
    assert "An empty text" in page
    assert "can no longer be read" in page


def test_images_are_reduced_and_may_be_missing(tmp_path):
    import base64

    import numpy as np

    url = image_url(np.zeros((500, 900), np.uint8))
    image = decode_image(base64.b64decode(url.partition(",")[2]))
    assert image.width <= MAX_IMAGE_SIZE[0]
    assert image.height <= MAX_IMAGE_SIZE[1]
    assert image_url(b"no image") is None


@pytest.mark.parametrize(
    ("confidence", "shown"),
    [(0.0, "0.0 %"), (1e-9, "< 0.1 %"), (0.5, "50.0 %"), (0.99999, "> 99.9 %"), (1.0, "100.0 %")],
)
def test_per_cent(confidence, shown):
    assert percent(confidence) == shown


@pytest.mark.parametrize(
    ("factor", "shown"),
    [
        (1.0, "1 times"),
        (8.04, "8 times"),
        (12.3, "12 times"),
        (12_345.0, "12,000 times"),
        (999_000.0, "1,000,000 times"),
        (3.24e7, "32,000,000 times"),
        (1.2e23, "10²³ times"),
    ],
)
def test_factors(factor, shown):
    assert times(math.log(factor)) == shown


def test_factors_without_a_number():
    assert times(math.inf) == "infinitely many times"
