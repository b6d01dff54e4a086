"""Labels in logical order train the same network as the same labels in the picture's order."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from captcha_model._utils.right_to_left import reordered
from captcha_model.cli import main
from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError, DataWarning
from captcha_model.model import CaptchaModel
from captcha_model.training.suspicions import suspicions_of
from captcha_model.training.workflow import train

pytestmark = pytest.mark.slow

CHARACTERS = "12אבגד"


def settings(order: str | None) -> dict:
    return {
        "data": {"validation_fraction": 0.25},
        "model": {"options": {"filters": 4, "dense": 8, "lstm": 8}, "reading_order": order},
        "training": {"epoch_images": 1, "batch_size": 8},
    }


def drawn(visual: str) -> np.ndarray:
    """Draw characters as stripes of different widths, from left to right."""
    pixels = np.full((16, 64, 1), 255, np.uint8)
    for k, character in enumerate(visual):
        kind = CHARACTERS.index(character)
        pixels[2 + kind : 14 : 3, 4 + 14 * k : 14 + 14 * k] = 20 * kind
    return pixels


@pytest.fixture(scope="module")
def images() -> LabelledImages:
    """Texts of two letters and two digits, in logical order."""
    rng = np.random.default_rng(0)
    texts = ["".join([*rng.choice(list("אבגד"), 2), *rng.choice(list("12"), 2)]) for _ in range(32)]
    pixels = np.stack([drawn(reordered(text)) for text in texts])
    pixels[range(32), 0, range(32)] = 0  # No two are identical.
    return LabelledImages(
        pixels,
        tuple(texts),
        tuple(f"{i}.png" for i in range(32)),
    )


@pytest.fixture(scope="module")
def logical(images):
    return train(images, epochs=3, seed=1, settings=settings("logical"))


@pytest.fixture(scope="module")
def visual(images):
    labels = tuple(map(reordered, images.labels))
    assert labels != images.labels
    pictures = LabelledImages(images.pixels, labels, images.names)
    return train(pictures, epochs=3, seed=1, settings=settings("visual"))


def test_the_weights_and_the_figures_are_equal(logical, visual):
    for ours, theirs in zip(
        logical.model.network.get_weights(), visual.model.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert logical.model.config.reading_order == "logical"
    ours, theirs = (trained.model.config.calibration for trained in (logical, visual))
    # A model of texts in logical order has no patterns, so these do not count in its threshold.
    assert replace(ours, min_constraint_probability=0.0) == replace(
        theirs, min_constraint_probability=0.0
    )
    for name in ("loss", "val_loss", "val_word_accuracy"):
        assert [getattr(r, name) for r in logical.history] == [
            getattr(r, name) for r in visual.history
        ]
    assert logical.evaluation.word_accuracy == visual.evaluation.word_accuracy


def test_readings_differ_in_the_order_of_their_characters_alone(logical, visual, images):
    ours, theirs = (t.model.predict_pixels(images.pixels) for t in (logical, visual))
    assert any(reading.text for reading in ours)
    assert [r.text for r in ours] == [reordered(r.text) for r in theirs]
    assert [r.confidence for r in ours] == [r.confidence for r in theirs]


def test_the_audit_compares_in_the_same_order(logical, visual, images):
    pictures = LabelledImages(images.pixels, tuple(map(reordered, images.labels)), images.names)
    ours, theirs = suspicions_of(logical.model, images), suspicions_of(visual.model, pictures)
    assert [s.reading.text for s in ours] == [reordered(s.reading.text) for s in theirs]
    assert [s.log_ratio for s in ours] == [s.log_ratio for s in theirs]


def test_the_order_is_saved(logical, images, tmp_path):
    logical.model.save_pretrained(tmp_path / "model")
    for runtime in ("onnx", "keras"):
        loaded = CaptchaModel.from_pretrained(tmp_path / "model", runtime=runtime)
        assert loaded.config.reading_order == "logical"
        texts = [r.text for r in loaded.predict_pixels(images.pixels[:8])]
        assert texts == [r.text for r in logical.model.predict_pixels(images.pixels[:8])]


def test_train_warns_without_a_chosen_order(images, small_config):
    keras.utils.set_random_seed(0)
    with pytest.warns(DataWarning, match="--reading-order logical"):
        trained = train(images, epochs=1, seed=1, settings=settings(None))
    assert trained.model.config.reading_order == "visual"


@pytest.fixture
def folder(images, tmp_path):
    from PIL import Image

    folder = tmp_path / "set"
    folder.mkdir()
    for k, (pixels, label) in enumerate(zip(images.pixels, images.labels, strict=True)):
        Image.fromarray(pixels[..., 0]).save(folder / f"{label}_{k}.png")
    return folder


@pytest.mark.parametrize(("order", "warned"), [(None, True), ("logical", False), ("visual", False)])
def test_validate_warns_without_a_chosen_order(folder, capsys, order, warned):
    arguments = ["dataset", "validate", "--data", str(folder), "--label-suffix"]
    assert main([*arguments, *(["--reading-order", order] if order else [])]) == 0
    assert ("--reading-order logical" in capsys.readouterr().err) == warned


def test_a_run_inside_the_data_is_refused_before_anything_is_written(folder):
    before = sorted(folder.rglob("*"))
    with pytest.raises(DataError, match="is inside") as caught:
        train(folder, out=folder / "run", settings={"data": {"label_suffix": True}})
    assert caught.value.code == "OUT_INSIDE_DATA"
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["dataset", "preview", "--out", "{}/preview"],
        ["evaluate", "--confusion-matrix", "{}/confusions.png"],
        ["evaluate", "--reliability", "{}/reliability.png"],
    ],
)
def test_plots_inside_the_data_are_refused(folder, capsys, arguments):
    typed = [a.format(folder) for a in arguments]
    assert main([*typed, "--data", str(folder), "--label-suffix"]) == 1
    assert "is inside" in capsys.readouterr().err
