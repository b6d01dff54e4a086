import dataclasses
import inspect
import pydoc
import typing

import numpy as np
import pytest

from captcha_model.config import MOST_VIEWS
from captcha_model.errors import ConstraintError
from captcha_model.inference import options
from captcha_model.inference.option import document_options
from captcha_model.inference.option_checks import MAX_BEAM_WIDTH
from captcha_model.inference.options import (
    ReadingKeywords,
    ReadingOptions,
)
from captcha_model.inference.reader import Reader
from captcha_model.model import CaptchaModel
from tests.conftest import ROOT

NAMES = [
    *("charset", "length", "pattern", "case"),
    *(
        "min_confidence",
        "min_constraint_probability",
        "beam_width",
        "views",
        "frames",
        "arithmetic",
    ),
]
METHODS = [
    Reader.predict,
    Reader.predict_stream,
    Reader.inspect,
    Reader.inspect_stream,
    Reader.predict_pixels,
]


def test_the_keywords_for_type_checkers_are_the_fields():
    fields = {field.name: field.type for field in dataclasses.fields(ReadingOptions)}
    assert list(fields) == NAMES
    assert typing.get_type_hints(ReadingKeywords) == fields
    assert not ReadingKeywords.__required_keys__


def test_whole_numbers_of_numpy_are_whole_numbers():
    given = ReadingOptions(
        length=(np.int64(4), None), beam_width=np.int32(3), views=np.uint8(2), frames=np.int64(1)
    )
    assert given == ReadingOptions(length=(4, None), beam_width=3, views=2, frames=1)
    assert repr(given).count("np.") == 0
    for value in (True, np.True_, 5.0):
        with pytest.raises(ConstraintError, match="length must be a whole number"):
            ReadingOptions(length=value)


def test_the_keywords_build_equal_options():
    given = ReadingOptions(charset="ab", length=(1, None), min_confidence=0.5, beam_width=3)
    assert ReadingOptions(**given.keywords()) == given
    assert hash(given) == hash(dataclasses.replace(given))


@pytest.mark.parametrize("method", METHODS)
def test_help_shows_every_option_with_its_default_and_its_documentation(method):
    shown = " ".join(pydoc.plain(pydoc.render_doc(method)).split())
    parameters = inspect.signature(method).parameters
    for option in ReadingOptions.describe():
        assert parameters[option.name].kind is inspect.Parameter.KEYWORD_ONLY
        assert parameters[option.name].default == option.default
        assert parameters[option.name].annotation == option.annotation
        assert f"{option.name}: {option.description}" in shown
        assert option.left_out in shown
    assert "**options" not in shown


def test_help_of_the_public_class_shows_them_too():
    shown = pydoc.plain(pydoc.render_doc(CaptchaModel.predict))
    assert "beam_width: int = 8" in shown
    assert "beam_width: how many prefixes the beam search keeps" in shown
    assert "min_confidence: float | None = None" in shown


def test_a_docstring_without_a_place_for_the_options_is_an_error():
    def undocumented(**options):
        """Do nothing."""

    with pytest.raises(TypeError, match="undocumented has no line"):
        document_options(undocumented, ReadingOptions.describe())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        *(
            ({"min_confidence": value}, "min_confidence must be a number from 0 to 1. Received")
            for value in (-0.1, 1.1, "0.5", float("nan"), True)
        ),
        *(
            ({"beam_width": value}, "beam_width must be a whole number from 0 to 1024. Received")
            for value in (-1, MAX_BEAM_WIDTH + 1, 1.0, "5", None, True)
        ),
        *(
            ({"views": value}, "views must be a whole number from 1 to 5. Received")
            for value in (0, MOST_VIEWS + 1, 2.0, "3", True)
        ),
        *(
            ({"length": value}, "length must be a whole number from 0 to 1024, or")
            for value in (-1, 1025, (2, 1), (1, 2, 3), "5", 1.0, True)
        ),
        *(
            ({"frames": value}, "frames must be 'first', 'last', 'darkest', 'lightest' or the")
            for value in (-1, "median", "1", "", 1.0, True)
        ),
        *(
            ({"case": value}, "case must be one of 'keep', 'ignore', 'lower', 'upper'. Received")
            for value in ("any", "Lower", "", 1, ["lower"])
        ),
        ({"charset": 5}, "charset must be a string of characters. Received: 5"),
        ({"pattern": b"a"}, "pattern must be a string. Received: b'a'"),
    ],
)
def test_invalid_values_are_errors_on_construction(values, message):
    with pytest.raises(ConstraintError) as caught:
        ReadingOptions(**values)
    assert str(caught.value).startswith(message)
    assert caught.value.code == "CONSTRAINT_INVALID"


def test_an_unknown_option_is_a_type_error():
    with pytest.raises(TypeError, match="lenght"):
        ReadingOptions(lenght=5)


@pytest.mark.parametrize("build", [ReadingOptions.from_request, ReadingOptions.from_page])
def test_what_is_empty_leaves_an_option_out(build):
    assert build({}) == ReadingOptions()
    assert build(dict.fromkeys(NAMES, "")) == ReadingOptions()
    assert build(dict.fromkeys(NAMES)) == ReadingOptions()
    assert build({"length": " ", "min_confidence": " "}) == ReadingOptions()
    assert build({"charset": " "}) == ReadingOptions(charset=" ")


def test_requests():
    given = {"charset": "abc", "length": "4-6", "pattern": "[a-c]{4}", "min_confidence": 0.0}
    assert ReadingOptions.from_request(given) == ReadingOptions(
        charset="abc", length=(4, 6), pattern="[a-c]{4}", min_confidence=0.0
    )
    assert ReadingOptions.from_request({"min_confidence": "0.5"}).min_confidence == 0.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0", 0), ("3", 3), (" last ", "last"), ("last", "last"), ("first", "first"), ("", None)),
        *(("darkest", "darkest"), ("lightest", "lightest")),
    ],
)
@pytest.mark.parametrize("build", [ReadingOptions.from_request, ReadingOptions.from_page])
def test_frames_are_written_as_numbers_or_words(build, text, value):
    assert build({"frames": text}).frames == value


@pytest.mark.parametrize(
    ("value", "flag"),
    [("true", True), (" True ", True), ("false", False), (True, True), (False, False), ("", False)],
)
@pytest.mark.parametrize("build", [ReadingOptions.from_request, ReadingOptions.from_page])
def test_flags_are_true_or_false(build, value, flag):
    assert build({"arithmetic": value}).arithmetic is flag


@pytest.mark.parametrize(
    ("text", "case"), [("ignore", "ignore"), (" Upper ", "upper"), ("keep", "keep"), ("", None)]
)
@pytest.mark.parametrize("build", [ReadingOptions.from_request, ReadingOptions.from_page])
def test_the_case_is_written_as_a_word(build, text, case):
    assert build({"case": text}).case == case


def test_the_page_takes_percentages():
    assert ReadingOptions.from_page({"min_confidence": "97,5 %"}).min_confidence == 0.975
    assert ReadingOptions.from_page({"min_confidence": "%"}) == ReadingOptions()
    assert ReadingOptions.from_page({"length": "5"}).length == 5


@pytest.mark.parametrize(
    "values",
    [
        {"length": "long"},
        {"length": "3-2"},
        {"min_confidence": 1.01},
        {"min_confidence": -0.01},
        {"min_confidence": float("nan")},
        {"min_confidence": "sure"},
        {"case": "any"},
        {"case": "x" * 999},
        {"frames": "-1"},
        {"frames": "median"},
        {"frames": "Darkest"},
        {"frames": "1.5"},
        {"frames": "9" * 10},
        {"arithmetic": "yes"},
        {"arithmetic": 1},
        {"charset": "a" * (ReadingOptions.MAX_TEXT + 1)},
        {"pattern": "a" * (ReadingOptions.MAX_TEXT + 1)},
        {"length": "1" * (ReadingOptions.MAX_TEXT + 1)},
    ],
)
def test_invalid_requests_are_short_errors(values):
    with pytest.raises(ConstraintError) as caught:
        ReadingOptions.from_request(values)
    assert caught.value.code == "CONSTRAINT_INVALID"
    assert len(str(caught.value)) < 250


def test_the_option_in_contributing_works():
    text = (ROOT / "CONTRIBUTING.md").read_text().split("## A new reading option")[1]
    example = text.split("```python\n")[1].split("```")[0]
    source = "@dataclass(frozen=True)\nclass MoreOptions(ReadingOptions):\n" + example
    names = {**vars(options), "dataclass": dataclasses.dataclass}
    exec(compile(source, "CONTRIBUTING.md", "exec"), names)
    added = names["MoreOptions"].describe()[-1]
    assert added.from_text("0.5") == 0.5
    with pytest.raises(ConstraintError):
        added.from_text("2")
