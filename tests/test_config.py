import copy
import dataclasses
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captcha_model import config as config_module
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.config import (
    FORMAT_VERSION,
    MOST_VIEWS,
    TEMPERATURES,
    Calibration,
    CaptchaConfig,
)
from captcha_model.errors import ConfigError

DETECTORS = {
    channels: NoveltyDetector(7, (0.5,) * figures, ((0.25,) * figures,) * figures, limit=3.75)
    for channels, figures in ((1, 12), (3, 13))
}
calibrations = st.builds(
    Calibration,
    temperature=st.floats(*TEMPERATURES),
    min_confidence=st.none() | st.floats(0, 1),
    novelty=st.none() | st.just(DETECTORS[1]),
)


@pytest.mark.slow
@given(
    st.builds(
        CaptchaConfig,
        characters=st.sampled_from(["a", "2345678bcd", "äöü€"]),
        height=st.integers(8, 1024),
        width=st.integers(8, 1024),
        channels=st.sampled_from([1, 3]),
        resize=st.sampled_from(["stretch", "pad"]),
        options=st.dictionaries(st.text(min_size=1), st.integers() | st.floats(0, 1)),
    ),
    st.none() | calibrations,
)
def test_json_round_trip(config, calibration):
    assert CaptchaConfig.from_json(config.to_json()) == config
    if calibration and calibration.novelty:
        novelty = DETECTORS[config.channels]
        calibration = dataclasses.replace(calibration, novelty=novelty)
    calibrated = dataclasses.replace(config, calibration=calibration)
    assert CaptchaConfig.from_json(calibrated.to_json()) == calibrated


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
        {"calibration": {"temperature": 2.0}},
        {"calibration": Calibration(novelty=DETECTORS[3])},
        {"calibration": Calibration(novelty=DETECTORS[1]), "channels": 3},
    ],
)
def test_bad_values_are_refused(bad):
    with pytest.raises(ConfigError):
        CaptchaConfig(**{"characters": "abc", **bad})


@pytest.mark.parametrize(
    "bad",
    [
        {"temperature": 0.049},
        {"temperature": 100.1},
        {"temperature": float("nan")},
        {"temperature": "1"},
        {"temperature": True},
        {"temperature": None},
        {"min_confidence": -0.001},
        {"min_confidence": 1.001},
        {"min_confidence": float("nan")},
        {"min_confidence": "0.5"},
        {"min_confidence": False},
        {"novelty": 3.5},
        {"novelty": DETECTORS[1].to_dict()},
    ],
)
def test_a_bad_calibration_is_refused(bad):
    with pytest.raises(ConfigError):
        Calibration(**bad)


@pytest.mark.parametrize(
    "calibration",
    [
        *(3, [], {}, {"temperature": 1.0, "min_confidence": 0.5}),
        {**Calibration().to_dict(), "more": 1},
        {**Calibration().to_dict(), "temperature": None},
        {**Calibration().to_dict(), "familiarity": {}},
        {**Calibration().to_dict(), "familiarity": {**DETECTORS[1].to_dict(), "limit": -1}},
        {**Calibration().to_dict(), "familiarity": DETECTORS[3].to_dict()},
    ],
)
def test_a_bad_calibration_of_a_file_is_refused(calibration):
    values = {**CaptchaConfig("abc").to_dict(), "calibration": calibration}
    with pytest.raises(ConfigError):
        CaptchaConfig.from_json(json.dumps(values))


def test_a_calibration_as_it_is_written():
    calibration = Calibration(1.5, None, DETECTORS[1])
    written = json.loads(CaptchaConfig("abc", calibration=calibration).to_json())
    assert written["format_version"] == FORMAT_VERSION == 9
    assert written["calibration"] == {
        "temperature": 1.5,
        "min_confidence": None,
        "familiarity": {
            "count": 7,
            "centre": [0.5] * 12,
            "whitening": [[0.25] * 12] * 12,
            "limit": 3.75,
            "text_lengths": None,
        },
        "min_constraint_probability": 0.5,
    }
    assert CaptchaConfig("abc").calibration is None


def test_earlier_formats_mean_the_default_threshold_of_constraints():
    config = CaptchaConfig("abc", calibration=Calibration(1.5, 0.75))
    third = {**config.to_dict(), "format_version": 3}
    for key in ("reading_order", "case", "min_width", "lengths", "trim", "views", "closer"):
        del third[key]
    third["calibration"] = {**third["calibration"]}
    with pytest.raises(ConfigError, match="min_constraint_probability"):
        CaptchaConfig.from_dict(third)
    del third["calibration"]["min_constraint_probability"]
    assert CaptchaConfig.from_dict(third) == config
    assert CaptchaConfig.from_dict({**third, "calibration": None}).calibration is None
    for value in (-0.1, 1.5, None, "0.5", True):
        with pytest.raises(ConfigError, match="min_constraint_probability"):
            Calibration(min_constraint_probability=value)


def test_earlier_formats_keep_case():
    config = CaptchaConfig("abc")
    fourth = {**config.to_dict(), "format_version": 4}
    del fourth["min_width"], fourth["lengths"], fourth["trim"], fourth["views"], fourth["closer"]
    with pytest.raises(ConfigError, match="Format 4 has no key 'case'"):
        CaptchaConfig.from_dict(fourth)
    del fourth["case"]
    assert CaptchaConfig.from_dict(fourth) == config
    assert config.case == "keep"


def test_earlier_formats_expect_no_lengths():
    config = CaptchaConfig("abc")
    fifth = {**config.to_dict(), "format_version": 5}
    del fifth["trim"], fifth["views"], fifth["closer"]
    with pytest.raises(ConfigError, match="Format 5 has no key 'lengths'"):
        CaptchaConfig.from_dict(fifth)
    del fifth["lengths"]
    assert CaptchaConfig.from_dict(fifth) == config
    assert config.lengths is None
    saved = json.loads(CaptchaConfig("abc", lengths=(4, 6)).to_json())
    assert saved["lengths"] == [4, 6]
    assert CaptchaConfig.from_dict(saved).lengths == (4, 6)


def test_earlier_formats_cut_no_margins_away():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)
    sixth = {**config.to_dict(), "format_version": 6}
    del sixth["views"], sixth["closer"]
    with pytest.raises(ConfigError, match="Format 6 has no key 'trim'"):
        CaptchaConfig.from_dict(sixth)
    del sixth["trim"]
    assert CaptchaConfig.from_dict(sixth) == config
    trimmed = dataclasses.replace(config, trim=True)
    assert CaptchaConfig.from_json(trimmed.to_json()) == trimmed


def test_earlier_formats_have_one_view():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)
    seventh = {**config.to_dict(), "format_version": 7}
    del seventh["closer"]
    with pytest.raises(ConfigError, match="Format 7 has no key 'views'"):
        CaptchaConfig.from_dict(seventh)
    del seventh["views"]
    assert CaptchaConfig.from_dict(seventh) == config
    assert config.views == 1
    several = dataclasses.replace(config, views=3)
    assert CaptchaConfig.from_json(several.to_json()) == several


def test_earlier_formats_look_no_closer():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)
    eighth = {**config.to_dict(), "format_version": 8}
    with pytest.raises(ConfigError, match="Format 8 has no key 'closer'"):
        CaptchaConfig.from_dict(eighth)
    del eighth["closer"]
    assert CaptchaConfig.from_dict(eighth) == config
    assert not config.closer
    closer = dataclasses.replace(config, closer=True)
    assert CaptchaConfig.from_json(closer.to_json()) == closer


def test_views_have_bounds_and_need_a_width_of_their_own():
    for views in (0, MOST_VIEWS + 1, None, True, 2.0):
        with pytest.raises(ConfigError, match="views must be"):
            CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96, views=views)
    with pytest.raises(
        ConfigError, match=r"More than one view belongs to .* 2 views and 'stretch'"
    ):
        CaptchaConfig("abc", views=2)


def test_only_scaled_images_are_trimmed():
    with pytest.raises(ConfigError, match=r"trim belongs to the resize 'scale'\. Received: 'pad'"):
        CaptchaConfig("abc", resize="pad", trim=True)
    with pytest.raises(ConfigError, match="closer belongs to the resize 'scale'"):
        CaptchaConfig("abc", closer=True)


@pytest.mark.parametrize("lengths", [(6, 4), (4,), (-1, 4), 4, ("4", "6"), (4, 6.0), (1, 5000)])
def test_lengths_that_are_none_are_refused(lengths):
    with pytest.raises(ConfigError, match="lengths"):
        CaptchaConfig("abc", lengths=lengths)


@pytest.mark.parametrize("case", ["any", "Lower", None, 1])
def test_an_unknown_case_is_refused(case):
    with pytest.raises(ConfigError, match="case must be one of"):
        CaptchaConfig("abc", case=case)


def test_images_of_any_width_need_both_bounds():
    config = CaptchaConfig("abc", "general", 48, 288, 3, "scale", 96)
    assert config.any_width
    assert (config.input_shape, config.network_shape) == ((48, 288, 3), (48, None, 3))
    assert CaptchaConfig.from_dict(config.to_dict()) == config
    fixed = CaptchaConfig("abc")
    assert not fixed.any_width
    assert fixed.network_shape == fixed.input_shape
    fourth = {**fixed.to_dict(), "format_version": 4}
    with pytest.raises(ConfigError, match="min_width"):
        CaptchaConfig.from_dict(fourth)
    for key in ("min_width", "case", "lengths", "trim", "views", "closer"):
        del fourth[key]
    assert CaptchaConfig.from_dict(fourth) == fixed


@pytest.mark.parametrize(
    ("resize", "width", "min_width"),
    [
        ("scale", 288, None),
        ("stretch", 288, 96),
        ("pad", 288, 96),
        ("scale", 280, 96),
        ("scale", 288, 100),
        ("scale", 96, 288),
    ],
)
def test_widths_that_do_not_fit_together(resize, width, min_width):
    with pytest.raises(ConfigError, match="min_width"):
        CaptchaConfig("abc", "general", 48, width, 3, resize, min_width)


def test_a_newer_format_asks_for_an_upgrade():
    values = {**CaptchaConfig("abc").to_dict(), "format_version": FORMAT_VERSION + 1, "new": 1}
    with pytest.raises(ConfigError, match="Upgrade") as caught:
        CaptchaConfig.from_dict(values)
    assert caught.value.code == "FORMAT_TOO_NEW"


# What the code of each format wrote.
CALIBRATION_3 = {"temperature": 1.5, "min_confidence": 0.25, "familiarity": None}
FIRST = {
    "format_version": 1,
    "characters": "abc",
    "architecture": "crnn",
    "height": 50,
    "width": 200,
    "channels": 1,
    "options": {},
}
SECOND = {**FIRST, "format_version": 2, "resize": "pad"}
THIRD = {**SECOND, "format_version": 3, "calibration": CALIBRATION_3}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (FIRST, CaptchaConfig("abc", resize="stretch")),
        (SECOND, CaptchaConfig("abc", resize="pad")),
        (THIRD, CaptchaConfig("abc", resize="pad", calibration=Calibration(1.5, 0.25))),
        ({**THIRD, "calibration": None}, CaptchaConfig("abc", resize="pad")),
    ],
)
def test_earlier_formats_are_read(written, expected):
    before = copy.deepcopy(written)
    assert CaptchaConfig.from_dict(written) == expected
    assert written == before


def test_an_earlier_format_has_no_keys_of_a_later_one():
    for early, late, key in ((FIRST, SECOND, "resize"), (SECOND, THIRD, "calibration")):
        version = early["format_version"]
        with pytest.raises(ConfigError, match=f"Format {version} has no key '{key}'"):
            CaptchaConfig.from_dict({**late, "format_version": version})
        with pytest.raises(ConfigError, match=rf"missing keys .*'{key}'"):
            CaptchaConfig.from_dict({**early, "format_version": FORMAT_VERSION})


def test_a_key_within_an_object_is_completed(monkeypatch):
    """As if a later format had brought `calibration.temperature`."""
    added = (*config_module._ADDED, (4, "calibration.temperature", 2.0))
    monkeypatch.setattr(config_module, "_ADDED", added)
    early = {key: value for key, value in CALIBRATION_3.items() if key != "temperature"}
    read = CaptchaConfig.from_dict({**THIRD, "calibration": early})
    assert read.calibration == Calibration(2.0, 0.25)
    assert CaptchaConfig.from_dict({**THIRD, "calibration": None}).calibration is None
    assert CaptchaConfig.from_dict(SECOND).calibration is None
    with pytest.raises(ConfigError, match=r"Format 3 has no key 'calibration\.temperature'"):
        CaptchaConfig.from_dict(THIRD)
    with pytest.raises(ConfigError, match="Calibration must be an object"):
        CaptchaConfig.from_dict({**THIRD, "calibration": [3]})


@pytest.mark.parametrize("version", [0, "1", None, True, 1.0])
def test_a_strange_format_version_is_refused(version):
    with pytest.raises(ConfigError, match="format_version"):
        CaptchaConfig.from_dict({**CaptchaConfig("abc").to_dict(), "format_version": version})


def test_missing_and_unknown_keys_are_named():
    values = CaptchaConfig("abc").to_dict()
    del values["width"]
    with pytest.raises(ConfigError, match=r"\['width'\].*\['extra'\]"):
        CaptchaConfig.from_dict({**values, "extra": 1})


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"x"', "[" * 2000])
def test_what_is_not_a_json_object_is_refused(text):
    with pytest.raises(ConfigError):
        CaptchaConfig.from_json(text)


def test_the_vocabulary_is_data_and_never_a_place():
    config = CaptchaConfig.from_json(CaptchaConfig("/tmpx").to_json())
    assert config.vocabulary.encode("/") == [1]
    assert json.loads(config.to_json())["characters"] == "/tmpx"


def test_the_vocabulary_is_built_once(monkeypatch):
    config = CaptchaConfig("abc")
    assert config.vocabulary is config.vocabulary
    monkeypatch.setattr("captcha_model.config.Vocabulary", None)
    assert config.vocabulary.encode("cab") == [3, 1, 2]


def test_equality_hash_and_pickling_do_not_see_the_vocabulary():
    calibration = Calibration(1.5, None, DETECTORS[1])
    config = CaptchaConfig("abc", options={"filters": 8}, calibration=calibration)
    _ = config.vocabulary
    for other in (
        CaptchaConfig("abc", options={"filters": 8}, calibration=calibration),
        pickle.loads(pickle.dumps(config)),
        copy.deepcopy(config),
        dataclasses.replace(config),
    ):
        assert other == config
        assert hash(other) == hash(config)
        assert other.vocabulary == config.vocabulary
    assert dataclasses.replace(config, characters="abd").vocabulary.characters == "abd"
    fields = [field.name for field in dataclasses.fields(config)]
    assert list(config.to_dict()) == ["format_version", *fields]
