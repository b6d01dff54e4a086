import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from captcha_model.config import Calibration, CaptchaConfig
from captcha_model.errors import ConstraintError, ImageError
from captcha_model.images.by_width import stack
from captcha_model.images.preprocessing import prepare
from captcha_model.inference.reader import Reader
from captcha_model.model import CaptchaModel
from captcha_model.prediction import Frame, Prediction
from tests.conftest import EXAMPLES
from tests.random_models import random_model

PATHS = sorted(EXAMPLES.glob("*.png"))


class Grey:
    """Reads "ab" in three places, or else "bb", "b" or "aab", and the surer the lighter it is."""

    device = "nothing"
    threads = None
    concurrent = False

    def logits(self, batch, *, busy=False):
        white = np.array([[1, 8, 4, 0], [8, 4, 0, 0], [0, 0, 8, 4]], np.float32)
        return white * batch[:, -1, -1, :, None]


GREY = CaptchaConfig("abc", "multi-head", height=8, width=16, options={"places": 3})


def grey(level: int) -> np.ndarray:
    image = np.full((8, 16), level, np.uint8)
    image[0, 0] ^= 1  # An image of a single colour has no text.
    return image


def test_one_in_one_out_and_a_list_gives_a_list(model):
    one = model.predict(PATHS[0])
    assert isinstance(one, Prediction)
    assert model.predict([PATHS[0]]) == [one]
    assert model.predict(()) == model.predict([]) == []


def test_mixed_sources_keep_their_order(model):
    data = PATHS[1].read_bytes()
    sources = [
        PATHS[0],
        data,
        Image.open(PATHS[2]),
        io.BytesIO(data),
        np.asarray(Image.open(PATHS[0])),
        str(PATHS[1]),
    ]
    texts = [r.text for r in model.predict(sources)]
    alone = [model.predict(path).text for path in PATHS[:3]]
    assert texts == [alone[0], alone[1], alone[2], alone[1], alone[0], alone[1]]
    assert len(set(alone)) == 3


@pytest.mark.parametrize(
    ("count", "asked", "expected"),
    [
        (1, 64, [1]),
        (16, 64, [16]),
        (33, 64, [16, 16, 1]),
        (200, 64, [25] * 8),
        (1000, 64, [64] * 15 + [40]),
        (40, 10, [10] * 4),
    ],
)
def test_a_list_is_read_in_several_batches(count, asked, expected):
    """So that images are decoded while the network reads others."""
    runtime = Grey()
    sizes: list[int] = []
    logits = runtime.logits
    others_follow: list[bool] = []

    def noted(batch, *, busy):
        sizes.append(len(batch))
        others_follow.append(busy)
        return logits(batch)

    runtime.logits = noted
    assert len(Reader(GREY, runtime).predict([grey(9)] * count, batch_size=asked)) == count
    assert sizes == expected
    # While the last one is looked at, nothing else is left to do.
    assert others_follow == [True] * (len(expected) - 1) + [False]


def test_one_image_needs_no_thread(monkeypatch):
    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor", None)
    reader = Reader(GREY, Grey())
    assert reader.predict([grey(250)]) == [reader.predict(grey(250))]


def test_batches_change_nothing(model):
    # Sums are taken in another order for another batch size, so the last digits may differ.
    alone = [model.predict(path) for path in PATHS]
    for size in (1, 4, 64):
        together = model.predict(PATHS, batch_size=size)
        assert [r.text for r in together] == [r.text for r in alone]
        assert [r.confidence for r in together] == pytest.approx(
            [r.confidence for r in alone], abs=1e-4
        )


def test_an_image_of_another_size_has_its_own_spans(model):
    small = model.predict(PATHS[0])
    large = model.predict(Image.open(PATHS[0]).resize((400, 100), Image.Resampling.NEAREST))
    assert large.text == small.text
    assert (large.width, large.height) == (400, 100)
    assert [c.left for c in large.characters] == pytest.approx(
        [2 * c.left for c in small.characters], abs=16
    )


@pytest.mark.slow
def test_a_padded_image_has_the_spans_of_its_own_pixels(model, keras_model):
    config = dataclasses.replace(model.config, resize="pad")
    padding = CaptchaModel(config, keras_model.network)
    for path in PATHS:
        whole = model.predict(path)
        # The text stands left of column 180, so cutting there and padding again changes little.
        cut = padding.predict(Image.open(path).crop((0, 0, 180, 50)))
        assert (cut.text, cut.width) == (whole.text, 180)
        assert [c.left for c in cut.characters] == pytest.approx(
            [c.left for c in whole.characters], abs=8
        )
        assert all(0 <= c.left < c.right <= 180 for c in cut.characters)


def test_spans_stand_under_their_characters(model, synthetic):
    """Blanking out everything but one span and its neighbours must keep that character."""
    kept = total = 0
    for pixels, label in zip(synthetic.pixels, synthetic.labels, strict=True):
        reading = model.predict(pixels)
        if reading.text != label:
            continue
        for character in reading.characters:
            width = character.right - character.left
            alone = np.full_like(pixels, 220)
            left, right = int(character.left - width / 3), int(character.right + width / 3)
            left, right = max(0, left), min(200, right)
            alone[:, left:right] = pixels[:, left:right]
            total += 1
            kept += character.text in model.predict(alone).text
    assert total > 40
    assert kept / total > 0.6


def test_a_bad_image_raises_or_is_returned_in_its_place(model):
    sources = [PATHS[0], b"nonsense", PATHS[1]]
    with pytest.raises(ImageError) as caught:
        model.predict(sources)
    assert caught.value.code == "IMAGE_FORMAT"
    first, error, last = model.predict(sources, on_error="return")
    assert isinstance(error, ImageError)
    assert [first, last] == model.predict([PATHS[0], PATHS[1]])
    with pytest.raises(ImageError):
        model.predict(b"nonsense", on_error="return")


@pytest.mark.parametrize("bad", [{"batch_size": 0}, {"on_error": "ignore"}])
def test_bad_arguments(model, bad):
    with pytest.raises(ValueError):
        model.predict(PATHS[:1], **bad)


def test_pixels_are_read_as_images_are(model, synthetic):
    assert [r.text for r in model.predict_pixels(synthetic.pixels)] == [
        r.text for r in model.predict(list(synthetic.pixels))
    ]
    assert model.logits(synthetic.pixels[:0]).shape == (0, 50, 20)


def test_the_bundled_model_reads_its_examples_and_what_else_we_draw(model, synthetic):
    assert all(model.predict(path).confidence > 0.5 for path in PATHS)
    readings = [r.text for r in model.predict_pixels(synthetic.pixels)]
    assert sum(a == b for a, b in zip(readings, synthetic.labels, strict=True)) >= 14


def test_a_blank_image_reads_as_nothing_much(model):
    assert model.predict(np.full((50, 200), 255, np.uint8)).text == ""


def test_vocabulary_and_device(model):
    assert model.vocabulary.characters == "2345678bcdefgmnpwxy"
    assert model.device


@pytest.mark.parametrize(
    ("how", "text", "rejection_reason"),
    [
        ({}, "ab", None),
        ({"min_confidence": 1.0}, "ab", "LOW_CONFIDENCE"),
        ({"charset": "ab"}, "ab", None),
        ({"charset": "bc"}, "bb", "CONSTRAINT_UNLIKELY"),
        ({"charset": "bc", "min_constraint_probability": 0}, "bb", None),
        ({"length": 1}, "b", "CONSTRAINT_UNLIKELY"),
        ({"length": (3, None), "min_confidence": 0.5}, "aab", "CONSTRAINT_UNLIKELY"),
        ({"pattern": "[^a]b", "beam_width": 0}, "bb", "CONSTRAINT_UNLIKELY"),
        (
            {"pattern": "[ac]{2}", "min_confidence": 0.99, "min_constraint_probability": 0.0},
            "ac",
            "LOW_CONFIDENCE",
        ),
    ],
)
def test_the_options_reach_the_reading_by_every_method(how, text, rejection_reason):
    reader = Reader(GREY, Grey())
    white = grey(255)
    reading = reader.predict(white, **how)
    assert (reading.text, reading.rejection_reason) == (text, rejection_reason)
    assert reader.predict([white, white], batch_size=1, **how) == [reading, reading]
    assert reader.predict([white, b""], on_error="return", **how)[0] == reading
    assert list(reader.predict_stream([white], **how)) == [reading]
    assert reader.predict_pixels(white[None, ..., None], **how) == [reading]
    assert reader.inspect(white, **how).reading == reading
    (inspection,) = reader.inspect_stream([white], **how)
    assert inspection.reading == reading


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ({"pattern": "("}, ConstraintError),
        ({"charset": "x"}, ConstraintError),
        ({"length": 4}, ConstraintError),
        ({"min_confidence": 2}, ConstraintError),
        ({"beam_width": -1}, ConstraintError),
        ({"batch_size": 0}, ValueError),
        ({"lenght": 2}, TypeError),
    ],
)
def test_invalid_options_are_reported_before_any_image_is_taken(how, error):
    reader = Reader(GREY, Grey())
    sources = iter([b"nonsense", b"more of it"])
    with pytest.raises(error):
        reader.predict_stream(sources, **how)
    assert next(sources) == b"nonsense"
    with pytest.raises(error):
        reader.inspect_stream(sources, **how)
    assert next(sources) == b"more of it"
    with pytest.raises(error):
        reader.predict([], **how)
    with pytest.raises(error):
        reader.predict([b"nonsense"], on_error="return", **how)
    if "batch_size" not in how:
        with pytest.raises(error):
            reader.inspect(b"nonsense", **how)
        with pytest.raises(error):
            reader.predict_pixels(np.empty((0, 8, 16, 1), np.uint8), **how)


def test_each_image_of_a_batch_is_decoded_for_itself():
    reader = Reader(dataclasses.replace(GREY, calibration=Calibration(1.0, 0.9)), Grey())
    sources = [grey(255), b"nonsense", grey(60), grey(250)]
    first, error, dark, last = reader.predict(sources, on_error="return")
    assert isinstance(error, ImageError)
    assert [r.rejection_reason for r in (first, dark, last)] == [None, "LOW_CONFIDENCE", None]
    assert first.confidence > last.confidence > 0.9 > dark.confidence
    asked = reader.predict(sources, on_error="return", min_confidence=0)
    assert [r.rejection_reason for r in asked if isinstance(r, Prediction)] == [None] * 3


def test_an_inspection_is_the_reading_and_the_probabilities():
    config = dataclasses.replace(GREY, resize="pad", calibration=Calibration(2.0, 0.5))
    reader = Reader(config, Grey())
    narrow = grey(255)[:, :8]
    inspection = reader.inspect(narrow)
    assert inspection.reading == reader.predict(narrow)
    assert inspection.frame == Frame(8, 8, filled=0.5)
    white = np.array([[1, 8, 4, 0], [8, 4, 0, 0], [0, 0, 8, 4]])
    shares = np.exp(white / 2)
    shares /= shares.sum(axis=1, keepdims=True)
    assert inspection.probabilities == pytest.approx(shares)
    # They show what the network saw, also where a constraint excludes it.
    assert reader.inspect(narrow, charset="bc").probabilities == pytest.approx(shares)
    with pytest.raises(ImageError):
        reader.inspect(b"nonsense")


def test_the_bundled_model_is_inspected_as_it_reads(model):
    inspection = model.inspect(PATHS[0])
    assert inspection.reading == model.predict(PATHS[0])
    assert inspection.frame == Frame(200, 50)
    assert inspection.probabilities.shape == (50, 20)
    assert inspection.probabilities.sum(axis=1) == pytest.approx(np.ones(50))


def test_several_images_are_inspected_in_order_with_their_errors(model):
    sources = [PATHS[0], b"nonsense", PATHS[1]]
    first, error, last = model.inspect_stream(sources)
    assert isinstance(error, ImageError)
    texts = [model.predict(path).text for path in PATHS[:2]]
    assert [first.reading.text, last.reading.text] == texts
    assert first.probabilities == pytest.approx(model.inspect(PATHS[0]).probabilities, abs=1e-5)


def test_an_error_among_the_images_is_passed_on_in_its_place(model):
    given = ImageError("Decoded elsewhere.")
    for size in (1, 2, 64):
        first, error, last = model.predict_stream([PATHS[0], given, PATHS[1]], batch_size=size)
        assert error is given
        texts = [model.predict(path).text for path in PATHS[:2]]
        assert [first.text, last.text] == texts


def test_the_model_says_how_it_reads(model):
    assert model.left_to_right
    assert model.min_confidence == model.config.calibration.min_confidence
    bare = Reader(dataclasses.replace(model.config, calibration=None), model._runtime)
    assert bare.min_confidence == 0.0


def test_the_representation_names_architecture_characters_and_device(model):
    assert repr(model) == (
        f"CaptchaModel(architecture='crnn', characters={model.config.characters!r}, "
        f"device={model.device!r})"
    )
    assert repr(Reader(model.config, model._runtime)).startswith("Reader(architecture='crnn', ")


@pytest.mark.parametrize("method", ["predict", "predict_stream", "inspect"])
def test_an_unknown_keyword_argument_is_answered_with_the_known_ones(model, method):
    with pytest.raises(TypeError) as caught:
        getattr(model, method)(PATHS[0], lenght=5)
    said = str(caught.value)
    assert said.startswith(f"{method}() got an unexpected keyword argument 'lenght'. Known: ")
    assert {"charset", "length", "pattern"} <= set(said.partition("Known: ")[2].split(", "))


def test_characters_of_trimmed_images_lie_where_their_ink_is():
    size = {"height": 48, "width": 288, "min_width": 96, "channels": 3, "resize": "scale"}
    model = random_model("general", trim=True, **size)
    ink = np.random.default_rng(3).integers(0, 256, (40, 120, 3), np.uint8)
    image = np.full((300, 600, 3), 255, np.uint8)
    image[200:240, 400:520] = ink
    # Beside an image of another width, whose steps are more.
    found, _ = model.predict([image, np.tile(ink, (1, 4, 1))])
    assert found.text
    assert (found.width, found.height) == (600, 300)
    assert all(394 <= c.left < c.right <= 526 for c in found.characters)
    alone = model.predict(image[194:246, 394:526])
    assert alone.text == found.text
    assert [c.left + 394 for c in alone.characters] == pytest.approx(
        [c.left for c in found.characters], abs=0.1
    )


def test_images_of_several_widths_are_read_as_each_alone():
    model = random_model("general", height=48, width=288, min_width=96, channels=3, resize="scale")
    rng = np.random.default_rng(3)
    sizes = [(50, 200), (40, 40), (80, 640), (50, 200), (30, 100)]
    images = [rng.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    together = list(model.inspect_stream(images, batch_size=5))
    for image, found in zip(images, together, strict=True):
        alone = model.inspect(image)
        steps = len(alone.probabilities)
        assert found.reading.text == alone.reading.text != ""
        assert found.reading.confidence == pytest.approx(alone.reading.confidence, rel=1e-3)
        assert found.frame.filled == steps / 60
        np.testing.assert_allclose(found.probabilities[:steps], alone.probabilities, atol=1e-4)
        assert (found.probabilities[steps:, 0] == 1).all()
        ends = [c.right for c in found.reading.characters]
        assert ends == pytest.approx([c.right for c in alone.reading.characters], rel=1e-3)
    pixels = stack([prepare(image, model.config).pixels for image in images])
    read = model.predict_pixels(pixels)
    assert [r.text for r in read] == [each.reading.text for each in together]
    assert model.logits(pixels).shape == (5, 60, 7)


def test_logits_of_images_of_one_width_come_from_one_batch(monkeypatch):
    model = random_model("general", height=48, width=288, min_width=96, channels=3, resize="scale")
    rng = np.random.default_rng(3)
    pixels = tuple(rng.integers(0, 256, (48, width, 3), np.uint8) for width in (96, 192) * 40)
    alone = [model.logits(image[None])[0] for image in pixels]
    shapes = []
    run = model._runtime.logits
    monkeypatch.setattr(
        model._runtime, "logits", lambda batch, **busy: shapes.append(batch.shape) or run(batch)
    )
    together = model.logits(pixels)
    assert [shape[:3] for shape in shapes] == [(40, 48, 96), (24, 48, 192), (16, 48, 192)]
    for found, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(found[: len(expected)], expected, atol=1e-4)


@pytest.mark.parametrize("method", ["predict_stream", "inspect_stream"])
def test_a_stream_of_a_single_path_is_refused_at_once(model, method):
    with pytest.raises(TypeError, match=r"such as \[image\].* Received: 'ex/1.png'"):
        getattr(model, method)("ex/1.png")
