import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captcha_model import networks
from captcha_model.calibration.image_statistics import measure
from captcha_model.calibration.novelty import NoveltyDetector
from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.decoding.heads import FIXED
from captcha_model.decoding.posterior import predictions
from captcha_model.errors import ConstraintError, ConstraintWarning
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.options import ReadingOptions
from captcha_model.prediction import Frame

WHITE, BLACK = np.full((16, 32, 1), 255, np.uint8), np.zeros((16, 32, 1), np.uint8)
WHITE[0, 0], BLACK[0, 0] = 254, 1  # An image of a single colour has no text.
# White images lie in the middle; black ones differ from them by 1 in brightness alone.
LIKE_WHITE = NoveltyDetector(
    count=1,
    centre=tuple(measure(WHITE[None])[0].tolist()),
    whitening=tuple(tuple(row) for row in np.eye(12).tolist()),
    limit=0.5,
)
# A network with two positions reads as simply as can be: p(text) is a product of two.
POSITIONS = CaptchaConfig("abc", "multi-head", 16, 32, options={"places": 2})
CTC = CaptchaConfig("abc", height=16, width=64)
FRAME = Frame(200, 50)
OOD = "OUT_OF_DISTRIBUTION"

SURE = np.log([[0.02, 0.9, 0.04, 0.04], [0.1, 0.1, 0.8, 0.0 + 1e-9]])  # "ab", 0.72
UNSURE = np.log([[0.1, 0.5, 0.3, 0.1], [0.2, 0.1, 0.1, 0.6]])  # "ac", 0.3
NOTHING = np.log([[0.97, 0.01, 0.01, 0.01], [0.97, 0.01, 0.01, 0.01]])  # "", 0.9409
LOGITS = {"sure": SURE, "unsure": UNSURE, "nothing": NOTHING}


def decoder_of(calibration: Calibration | None = None, config=POSITIONS, **options) -> Decoder:
    config = dataclasses.replace(config, calibration=calibration)
    return Decoder(config, networks.describe(config), ReadingOptions(**options))


def rejection_reason(
    decoder: Decoder, logits: np.ndarray, pixels: np.ndarray = WHITE
) -> str | None:
    (reading,) = decoder.decode(pixels[None], logits[None], [FRAME])
    assert reading.accepted == (reading.rejection_reason is None)
    return reading.rejection_reason


def test_every_rejection_reason_and_their_precedence():
    calibration = Calibration(min_confidence=0.5, novelty=LIKE_WHITE)
    rejections = {
        name: [
            rejection_reason(decoder_of(calibration), logits, pixels) for pixels in (WHITE, BLACK)
        ]
        for name, logits in LOGITS.items()
    }
    assert rejections == {
        "sure": [None, "OUT_OF_DISTRIBUTION"],
        "unsure": ["LOW_CONFIDENCE", "OUT_OF_DISTRIBUTION"],
        "nothing": ["NO_TEXT", "NO_TEXT"],
    }


def test_no_text_because_a_constraint_wants_none():
    decoder = decoder_of(Calibration(min_confidence=0.5, min_constraint_probability=0.01), length=0)
    assert rejection_reason(decoder, SURE) == "CONSTRAINT_UNLIKELY"
    assert rejection_reason(decoder, NOTHING) == "NO_TEXT"


@pytest.mark.parametrize(
    ("lengths", "reason"), [((2, 2), None), ((1, 9), None), ((1, 1), OOD), ((3, 5), OOD)]
)
def test_a_text_of_another_length_than_the_training_texts_is_rejected(lengths, reason):
    novelty = dataclasses.replace(LIKE_WHITE, text_lengths=lengths)
    calibration = Calibration(min_confidence=0.5, novelty=novelty)
    assert rejection_reason(decoder_of(calibration), SURE) == reason
    assert rejection_reason(decoder_of(calibration), NOTHING) == "NO_TEXT"


def test_a_text_of_an_unexpected_length_gives_way_to_one_of_an_expected_length():
    expecting = dataclasses.replace(POSITIONS, lengths=(1, 1))
    batch = [[WHITE] * 2, np.stack([SURE, NOTHING]), [FRAME] * 2]
    batch[0] = np.stack(batch[0])
    reading, nothing = decoder_of(config=expecting).decode(*batch)
    (asked, _) = decoder_of(length=1).decode(*batch)
    assert reading == asked
    assert (reading.text, nothing.text) == ("a", "")
    assert reading.rejection_reason == "CONSTRAINT_UNLIKELY"
    assert reading.constraint_probability == pytest.approx(0.02 * 0.9 + 0.98 * 0.1)
    # What is asked for goes before what is expected.
    free = decoder_of().decode(*batch)
    assert decoder_of(config=expecting, length=(0, None)).decode(*batch) == free
    assert decoder_of(config=expecting, pattern="[a-c]*").decode(*batch)[0].text == "ab"
    within = decoder_of(config=expecting, charset="bc").decode(*batch)[0]
    assert within == decoder_of(length=1, charset="bc").decode(*batch)[0]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(0, 2))
def test_the_text_is_that_of_a_search_among_the_expected_lengths(seed, shortest, more):
    logits = np.random.default_rng(seed).normal(0, 2, (4, 8, 4))
    lengths = (shortest, shortest + more)
    pixels, frames = np.stack([WHITE] * 4), [FRAME] * 4
    expected = decoder_of(config=dataclasses.replace(CTC, lengths=lengths))
    asked = decoder_of(config=CTC, length=lengths).decode(pixels, logits, frames)
    free = decoder_of(config=CTC).decode(pixels, logits, frames)
    for found, constrained, any_length in zip(
        expected.decode(pixels, logits, frames), asked, free, strict=True
    ):
        inside = not any_length.text or lengths[0] <= len(any_length.text) <= lengths[1]
        assert found == (any_length if inside else constrained)


@pytest.mark.parametrize("config", [POSITIONS, CTC])
@pytest.mark.parametrize("shade", [0, 128, 255])
def test_an_image_of_one_colour_has_no_text_whatever_the_network_sees(config, shade):
    decoder = decoder_of(Calibration(temperature=7.0), config)
    pixels = np.full((2, 16, 32, 1), shade, np.uint8)
    pixels[1, 3, 4] ^= 1
    blank, other = decoder.decode(pixels, np.stack([SURE, SURE]), [FRAME] * 2)
    assert (blank.text, blank.rejection_reason) == ("", "NO_TEXT")
    assert blank.confidence > 0.999
    assert other.text
    (constrained,) = decoder_of(None, config, length=1).decode(pixels[:1], SURE[None], [FRAME])
    assert not constrained.accepted


def test_without_a_calibration_every_text_is_accepted():
    for pixels in (WHITE, BLACK):
        assert rejection_reason(decoder_of(), SURE, pixels) is None
        assert rejection_reason(decoder_of(), UNSURE, pixels) is None
        assert rejection_reason(decoder_of(), NOTHING, pixels) == "NO_TEXT"


@pytest.mark.parametrize("own", [None, 0.0, 0.5, 0.9])
@pytest.mark.parametrize("given", [None, 0.0, 0.5, 0.9, 1.0, 1])
def test_the_option_takes_precedence_over_the_models_own_threshold(own, given):
    decoder = decoder_of(Calibration(min_confidence=own), min_confidence=given)
    least = own if given is None else given
    for logits, confidence in ((SURE, 0.72), (UNSURE, 0.3)):
        accepted = least is not None and confidence >= least
        assert rejection_reason(decoder, logits) == (None if accepted else "LOW_CONFIDENCE")


def test_a_lower_threshold_does_not_accept_novel_images():
    calibration = Calibration(min_confidence=None, novelty=LIKE_WHITE)
    decoder = decoder_of(calibration, min_confidence=0.0)
    assert [rejection_reason(decoder, UNSURE, p) for p in (WHITE, BLACK)] == [
        None,
        "OUT_OF_DISTRIBUTION",
    ]


def test_a_confidence_at_the_threshold_and_an_image_at_the_novelty_limit_are_accepted():
    (reading,) = decoder_of().decode(WHITE[None], UNSURE[None], [FRAME])
    assert reading.confidence == pytest.approx(0.3)
    assert rejection_reason(decoder_of(min_confidence=reading.confidence), UNSURE) is None
    above = float(np.nextafter(reading.confidence, 1))
    assert rejection_reason(decoder_of(min_confidence=above), UNSURE) == "LOW_CONFIDENCE"
    limit = float(LIKE_WHITE.distance(BLACK[None])[0])
    for limit_there, expected in ((limit, None), (np.nextafter(limit, 0), "OUT_OF_DISTRIBUTION")):
        novelty = dataclasses.replace(LIKE_WHITE, limit=float(limit_there))
        assert rejection_reason(decoder_of(Calibration(novelty=novelty)), SURE, BLACK) == expected


def test_the_temperature_is_the_models():
    decoder = decoder_of(Calibration(temperature=2.0))
    (reading,) = decoder.decode(WHITE[None], SURE[None], [FRAME])
    first, second = (np.exp(row / 2) / np.exp(row / 2).sum() for row in SURE)
    assert reading.text == "ab"
    assert reading.confidence == pytest.approx(first[1] * second[2])
    (reading,) = decoder_of().decode(WHITE[None], SURE[None], [FRAME])
    assert reading.confidence == pytest.approx(0.72, abs=1e-6)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(list(LOGITS)), st.booleans()), max_size=5),
    st.none() | st.floats(0, 1),
    st.none() | st.just(LIKE_WHITE),
    st.none() | st.floats(0, 1),
)
def test_each_image_is_decoded_for_itself_and_only_the_rejection_reason_is_added(
    images, own, novelty, given
):
    calibration = Calibration(min_confidence=own, novelty=novelty)
    decoder = decoder_of(calibration, min_confidence=given)
    logits = np.array([LOGITS[name] for name, _ in images]).reshape(-1, 2, 4)
    shown = [WHITE if white else BLACK for _, white in images]
    pixels = np.array(shown, np.uint8).reshape(-1, 16, 32, 1)
    frames = [Frame(100 + n, 50) for n in range(len(images))]
    readings = decoder.decode(pixels, logits, frames)
    plain = predictions(logits, "abc", frames, FIXED, left_to_right=False)
    assert [dataclasses.replace(reading, rejection_reason=None) for reading in readings] == plain
    least = own if given is None else given
    for reading, (_, white) in zip(readings, images, strict=True):
        is_novel = novelty is not None and not white
        low = least is None or reading.confidence < least
        reasons = [
            *["NO_TEXT"] * (not reading.text),
            *["OUT_OF_DISTRIBUTION"] * is_novel,
            *["LOW_CONFIDENCE"] * low,
            None,
        ]
        assert reading.rejection_reason == reasons[0]


def test_the_options_reach_the_decoding():
    assert decoder_of(min_confidence=0.4).min_confidence == 0.4
    # The best path is "", the most likely text is "a": 0.4 * 0.6 + 0.6 * 0.4 + 0.4 * 0.4.
    logits = np.log([[[0.6, 0.4, 1e-9, 1e-9]] * 2 + [[1, 1e-9, 1e-9, 1e-9]] * 14])
    for beam_width, text in ((0, ""), (1, ""), (8, "a")):
        decoder = decoder_of(config=CTC, beam_width=beam_width)
        (reading,) = decoder.decode(WHITE[None], logits, [FRAME])
        assert reading.text == text


def test_a_constraint_decides_before_the_threshold_does():
    calibration = Calibration(min_confidence=0.5, min_constraint_probability=0.34)
    (reading,) = decoder_of(calibration, pattern="a[ac]").decode(WHITE[None], UNSURE[None], [FRAME])
    # Of "aa" and "ac" the latter has six sevenths; without the pattern it had 0.3.
    assert (reading.text, reading.rejection_reason) == ("ac", None)
    assert reading.confidence == pytest.approx(6 / 7)
    assert reading.constraint_probability == pytest.approx(0.35)


def test_a_confident_reading_under_an_unlikely_constraint_is_rejected():
    """Of all texts of "b" and "c", "bb" has a third, but the image shows "ab"."""
    calibration = Calibration(min_confidence=0.3, novelty=LIKE_WHITE)
    for options in ({"pattern": "[bc]b"}, {"charset": "bc"}, {"length": 1}):
        (reading,) = decoder_of(calibration, **options).decode(WHITE[None], SURE[None], [FRAME])
        assert reading.confidence >= 0.3
        assert reading.constraint_probability < 0.2
        assert reading.rejection_reason == "CONSTRAINT_UNLIKELY"
        assert not reading.accepted
        trusted = decoder_of(calibration, **options, min_constraint_probability=0.0)
        assert rejection_reason(trusted, SURE) is None
        # What speaks against the image itself comes first, what speaks against the text last.
        assert rejection_reason(trusted, SURE, BLACK) == "OUT_OF_DISTRIBUTION"
        certain = decoder_of(calibration, **options, min_confidence=1.0)
        assert rejection_reason(certain, SURE) == "CONSTRAINT_UNLIKELY"
    for options in ({}, {"length": 2}, {"charset": "ab"}, {"pattern": "[ab]b"}):
        assert rejection_reason(decoder_of(calibration, **options), SURE) is None


@pytest.mark.parametrize("own", [0.0, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("given", [None, 0.0, 0.35, 0.5, 1])
def test_the_option_takes_precedence_over_the_models_own_threshold_for_constraints(own, given):
    calibration = Calibration(min_constraint_probability=own)
    decoder = decoder_of(calibration, pattern="a[ac]", min_constraint_probability=given)
    (reading,) = decoder.decode(WHITE[None], UNSURE[None], [FRAME])
    assert reading.constraint_probability == pytest.approx(0.35)
    least = own if given is None else given
    accepted = reading.constraint_probability >= least
    assert reading.rejection_reason == (None if accepted else "CONSTRAINT_UNLIKELY")


def test_without_a_calibration_an_unlikely_constraint_is_rejected_all_the_same():
    assert rejection_reason(decoder_of(length=1), SURE) == "CONSTRAINT_UNLIKELY"
    assert rejection_reason(decoder_of(length=2), SURE) is None


def test_what_the_model_cannot_read_of_a_constraint_is_in_every_reading_and_warned_of_once():
    decoder = decoder_of(charset="abx")
    with pytest.warns(ConstraintWarning) as caught:
        decoder.warn()
    (message,) = [str(warning.message) for warning in caught]
    assert message == (
        "The model does not know 'x' of charset, so it cannot read them. It knows 'abc'."
    )
    readings = decoder.decode(np.stack([WHITE] * 2), np.stack([SURE, NOTHING]), [FRAME] * 2)
    assert [reading.warnings for reading in readings] == [(message,), (message,)]
    assert [reading.rejection_reason for reading in readings] == [None, "NO_TEXT"]
    (reading,) = decoder_of(charset="ab").decode(WHITE[None], SURE[None], [FRAME])
    assert reading.warnings == ()


@pytest.mark.parametrize(
    "how",
    [
        {"charset": "xyz"},
        {"charset": 5},
        {"pattern": "[xyz]a"},
        {"pattern": "("},
        {"pattern": "aaa"},
        {"pattern": "ab", "length": 1},
        {"pattern": "ab", "charset": "a"},
        {"length": 3},
        {"length": (3, None)},
        {"length": (2, 1)},
        {"length": "2"},
    ],
)
def test_impossible_options_are_reported_before_any_image(how):
    with pytest.raises(ConstraintError) as caught:
        decoder_of(**how)
    assert caught.value.code == "CONSTRAINT_INVALID"


def test_the_longest_text_is_the_one_that_the_steps_hold():
    assert networks.time_steps(CTC) == 16
    message = r"up to 16 characters\. The shortest allowed text has 17"
    with pytest.raises(ConstraintError, match=message):
        decoder_of(config=CTC, length=17)
    with pytest.raises(ConstraintError, match="up to 16 characters"):
        decoder_of(config=CTC, pattern=".{20}")


def test_an_inspection_has_the_calibrated_probabilities_whatever_is_allowed():
    decoder = decoder_of(Calibration(temperature=2.0), charset="ab")
    (inspection,) = decoder.inspect(WHITE[None], SURE[None], [FRAME])
    (reading,) = decoder.decode(WHITE[None], SURE[None], [FRAME])
    expected = np.exp(SURE / 2)
    expected /= expected.sum(axis=1, keepdims=True)
    assert (inspection.reading, inspection.frame) == (reading, FRAME)
    assert inspection.probabilities == pytest.approx(expected)
