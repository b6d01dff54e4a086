import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError


@given(
    st.builds(
        CaptchaConfig,
        characters=st.sampled_from(["a", "2345678bcd", "äöü€"]),
        height=st.integers(8, 1024),
        width=st.integers(8, 1024),
        channels=st.sampled_from([1, 3]),
        resize=st.sampled_from(["stretch", "pad"]),
        options=st.dictionaries(st.text(min_size=1), st.integers() | st.floats(0, 1)),
    )
)
def test_json_round_trip(config):
    assert CaptchaConfig.from_json(config.to_json()) == config


def test_it_cannot_be_changed():
    config = CaptchaConfig("abc", options={"filters": 8})
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.height = 10
    with pytest.raises(TypeError):
        config.options["filters"] = 10**9


@pytest.mark.parametrize(
    "bad",
    [
        {"characters": "aa"},
        {"characters": "/etc/passwd"},
        {"characters": ["a"]},
        {"height": 7},
        {"width": 10**9},
        {"height": 50.0},
        {"height": True},
        {"channels": 2},
        {"resize": "crop"},
        {"resize": None},
        {"resize": ["pad"]},
        {"architecture": ""},
        {"options": None},
        {"options": {"filters": "8"}},
        {"options": {1: 8}},
        {"options": {"filters": True}},
    ],
)
def test_bad_values_are_refused(bad):
    with pytest.raises(ConfigError):
        CaptchaConfig(**{"characters": "abc", **bad})


def test_a_newer_format_asks_for_an_upgrade():
    values = {**CaptchaConfig("abc").to_dict(), "format_version": 3, "new": 1}
    with pytest.raises(ConfigError, match="Upgrade") as caught:
        CaptchaConfig.from_dict(values)
    assert caught.value.code == "FORMAT_TOO_NEW"


def test_the_first_format_knew_only_stretching():
    first = {**CaptchaConfig("abc").to_dict(), "format_version": 1}
    del first["resize"]
    assert CaptchaConfig.from_dict(first) == CaptchaConfig("abc", resize="stretch")
    with pytest.raises(ConfigError, match=r"unknown keys \['resize'\]"):
        CaptchaConfig.from_dict({**first, "resize": "pad"})
    with pytest.raises(ConfigError, match=r"lack \['resize'\]"):
        CaptchaConfig.from_dict({**first, "format_version": 2})


@pytest.mark.parametrize("version", [0, "1", None, True, 1.0])
def test_a_strange_format_version_is_refused(version):
    with pytest.raises(ConfigError, match="format_version"):
        CaptchaConfig.from_dict({**CaptchaConfig("abc").to_dict(), "format_version": version})


def test_missing_and_unknown_keys_are_named():
    values = CaptchaConfig("abc").to_dict()
    del values["width"]
    with pytest.raises(ConfigError, match=r"\['width'\].*\['extra'\]"):
        CaptchaConfig.from_dict({**values, "extra": 1})


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"x"', "[" * 100_000])
def test_what_is_not_a_json_object_is_refused(text):
    with pytest.raises(ConfigError):
        CaptchaConfig.from_json(text)


def test_the_vocabulary_is_data_and_never_a_place():
    config = CaptchaConfig.from_json(CaptchaConfig("/tmpx").to_json())
    assert config.vocabulary.encode("/") == [1]
    assert json.loads(config.to_json())["characters"] == "/tmpx"
