"""Reading with the model that suits each image, with a stand-in for the model "general"."""

import io
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import captcha_model
from captcha_model import CaptchaModel, ImageError, ModelChooser, Prediction, pretrained_models
from captcha_model.errors import ConstraintError, ConstraintWarning
from captcha_model.images import decode
from captcha_model.pretrained_models import DEFAULT, GENERAL
from tests.conftest import EXAMPLES, ROOT

KNOWN = sorted(EXAMPLES.glob("*.png"))
TEXTS = "abcdef"  # What the stand-in reads.


@pytest.fixture
def novel() -> list[Path | bytes]:
    """Images that are unlike those of the default model, each in another form."""
    harsh = [ImageOps.posterize(Image.open(path).convert("RGB"), 1) for path in KNOWN[:3]]
    file = io.BytesIO()
    harsh[1].save(file, "PNG")
    return [np.asarray(harsh[0]), file.getvalue(), harsh[2]]


@pytest.fixture
def chooser(two_models) -> ModelChooser:
    return ModelChooser()


def same(reading: Prediction, other: Prediction) -> bool:
    """Return whether two readings differ by no more than the size of their batches explains."""
    close = abs(reading.confidence - other.confidence) < 1e-4
    what = [(r.text, r.model, r.width, r.rejection_reason) for r in (reading, other)]
    return close and what[0] == what[1]


def models(readings) -> list[str]:
    return [reading.model for reading in readings]


def test_each_image_is_read_by_the_model_that_suits_it(chooser, novel):
    images = [KNOWN[0], novel[0], novel[1], KNOWN[1], KNOWN[2], novel[2]]
    readings = chooser.predict(images)
    assert models(readings) == [DEFAULT, GENERAL, GENERAL, DEFAULT, DEFAULT, GENERAL]
    alone = {name: CaptchaModel.from_pretrained(name) for name in (DEFAULT, GENERAL)}
    for reading, image in zip(readings, images, strict=True):
        assert same(reading, alone[reading.model].predict(image))


@pytest.mark.parametrize("batch_size", [1, 2, 5, 64])
def test_the_order_is_kept_whatever_the_batches(chooser, novel, batch_size):
    images = [KNOWN[i % 6] if i % 3 else novel[i % 2] for i in range(23)]
    broken = {4: b"nothing", 11: ImageError("Not read.", code="IMAGE_ASPECT"), 22: b""}
    codes = {4: "IMAGE_FORMAT", 11: "IMAGE_ASPECT", 22: "IMAGE_EMPTY"}
    images = [broken.get(i, image) for i, image in enumerate(images)]
    found = list(chooser.predict_stream(images, batch_size=batch_size))
    assert len(found) == len(images)
    for i, (image, result) in enumerate(zip(images, found, strict=True)):
        if i in broken:
            assert result.code == codes[i]
        else:
            assert same(result, chooser.predict(image))


def test_a_batch_size_of_one_reads_each_image_before_it_takes_the_next(chooser, novel):
    taken = []

    def images():
        for i, image in enumerate([KNOWN[0], novel[0], KNOWN[1], novel[1]]):
            taken.append(i)
            yield image

    for i, _ in enumerate(chooser.predict_stream(images(), batch_size=1)):
        assert taken == list(range(i + 1))


def test_an_image_is_decoded_once(chooser, novel, monkeypatch):
    decoded = []
    sanitize = decode.sanitize
    monkeypatch.setattr(decode, "sanitize", lambda *a: decoded.append(1) or sanitize(*a))
    file = io.BytesIO(novel[1])
    assert models(chooser.predict([KNOWN[0], novel[1], file])) == [DEFAULT, GENERAL, GENERAL]
    assert len(decoded) == 3


def test_general_is_opened_at_the_first_image_that_needs_it(chooser, novel, monkeypatch):
    opened = []
    load = CaptchaModel.from_pretrained
    monkeypatch.setattr(
        CaptchaModel, "from_pretrained", lambda *a, **k: opened.append(a[0].name) or load(*a, **k)
    )
    chooser.warm_up()
    chooser.predict(KNOWN)
    assert chooser.inspect(KNOWN[0]).reading.model == DEFAULT
    assert opened == []
    chooser.predict(novel)
    chooser.predict(novel)
    assert opened == [GENERAL]


def test_what_the_first_model_cannot_read_is_read_by_general(chooser, novel):
    """The letter a is none of the default model's characters, and 2 is none of the stand-in's."""
    assert models(chooser.predict([KNOWN[0], novel[0]], pattern="a+")) == [GENERAL, GENERAL]
    readings = chooser.predict([KNOWN[0], novel[0]], charset="2345")
    assert models(readings) == [DEFAULT, DEFAULT]
    assert readings[1].rejection_reason == "OUT_OF_DISTRIBUTION"
    assert readings[1].warnings == ()
    with pytest.raises(ConstraintError, match="'abcdef'"):
        chooser.predict(KNOWN[0], charset="z")
    with pytest.raises(ConstraintError, match="length"):
        chooser.predict(KNOWN[0], length=-1)


def test_only_the_model_that_reads_warns_about_the_charset(chooser, novel):
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConstraintWarning)
        (reading,) = chooser.predict([novel[0]], charset=TEXTS)
    assert (reading.model, reading.warnings) == (GENERAL, ())
    with pytest.warns(ConstraintWarning, match="'a'") as caught:
        readings = chooser.predict([*KNOWN, novel[0]], charset=TEXTS)
    assert len(caught) == 1
    assert all(("'a'" in " ".join(r.warnings)) == (r.model == DEFAULT) for r in readings)


def test_inspections_tell_which_characters_their_classes_are(chooser, novel):
    known, other = chooser.inspect_stream([KNOWN[0], novel[0]], min_confidence=0.25)
    assert (known.reading.model, other.reading.model) == (DEFAULT, GENERAL)
    assert other.characters == TEXTS
    for found in (known, other):
        assert found.probabilities.shape[1] == len(found.characters) + 1
        assert found.min_confidence == 0.25
        assert found.left_to_right


def test_rejected_readings_name_the_other_model(two_models, novel):
    alone = CaptchaModel.from_pretrained().predict(novel[0])
    assert alone.rejection_reason == "OUT_OF_DISTRIBUTION"
    (advice,) = alone.warnings
    assert "'general'" in advice
    assert "'captcha-images-v2'" in advice
    assert CaptchaModel.from_pretrained().predict(KNOWN[0]).warnings == ()
    # A text of another length is out of distribution too.
    reading = ModelChooser().predict(KNOWN[0], length=6, min_constraint_probability=0)
    assert (reading.model, reading.rejection_reason) == (DEFAULT, "OUT_OF_DISTRIBUTION")
    assert reading.warnings == alone.warnings


def test_with_one_bundled_model_there_is_nothing_to_choose(tmp_path, monkeypatch, novel):
    monkeypatch.setattr(pretrained_models, "REGISTRY", _only_the_default(tmp_path))
    chooser = ModelChooser()
    assert [model.name for model in chooser.models] == [DEFAULT]
    readings = chooser.predict([KNOWN[0], novel[0]])
    assert models(readings) == [DEFAULT, DEFAULT]
    assert readings[1].rejection_reason == "OUT_OF_DISTRIBUTION"
    assert readings[1].warnings == ()
    alone = CaptchaModel.from_pretrained().predict([KNOWN[0], novel[0]])
    assert all(map(same, readings, alone))


def _only_the_default(root: Path) -> pretrained_models.Registry:
    registry = pretrained_models.Registry(root)
    registry.write([pretrained_models.REGISTRY[DEFAULT]])
    registry.folder(DEFAULT).symlink_to(pretrained_models.REGISTRY.folder(DEFAULT))
    return registry


def test_a_chooser_says_what_it_is(chooser):
    assert [model.name for model in chooser.models] == [DEFAULT, GENERAL]
    assert repr(chooser) == "ModelChooser(captcha-images-v2, general; device='CPU (ONNX Runtime)')"
    assert chooser.characters.startswith("2345678b")
    assert set(TEXTS) < set(chooser.characters)
    assert len(set(chooser.characters)) == len(chooser.characters)


def test_a_chooser_can_be_pickled(chooser, novel):
    expected = chooser.predict([KNOWN[0], novel[0]])
    assert pickle.loads(pickle.dumps(chooser)).predict([KNOWN[0], novel[0]]) == expected


def test_read_takes_one_image_or_many(two_models, novel):
    one = captcha_model.read(KNOWN[0])
    assert (one.text, one.model) == (CaptchaModel.from_pretrained().predict(KNOWN[0]).text, DEFAULT)
    assert models(captcha_model.read([KNOWN[0], novel[0]], batch_size=1)) == [DEFAULT, GENERAL]
    assert captcha_model.read([]) == []
    read, failed = captcha_model.read([KNOWN[0], b""], on_error="return", length=5)
    assert (read.model, failed.code) == (DEFAULT, "IMAGE_EMPTY")
    with pytest.raises(ImageError):
        captcha_model.read([KNOWN[0], b""])
    with pytest.raises(TypeError, match="Known: batch_size, on_error, charset"):
        captcha_model.read(KNOWN[0], lenght=5)
    with pytest.raises(ValueError, match="batch_size"):
        captcha_model.read([KNOWN[0]] * 2, batch_size=0)
    assert "charset: the only characters" in captcha_model.read.__doc__


@pytest.mark.slow
def test_read_is_a_function_of_the_package_in_a_fresh_process():
    script = "import sys, captcha_model; print(captcha_model.read(sys.argv[1]).model)"
    done = subprocess.run(
        [sys.executable, "-c", script, str(KNOWN[0])], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.strip() == DEFAULT, done.stderr
