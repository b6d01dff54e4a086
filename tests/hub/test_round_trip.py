"""What was pushed and is loaded again, by us and by Keras alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from captcha_model.errors import RuntimeFallbackWarning
from captcha_model.images.preprocessing import to_batch
from captcha_model.model import CaptchaModel
from captcha_model.runtimes.choice import candidates
from tests.conftest import EXAMPLES


@pytest.fixture
def loaded(hub, model, tmp_path) -> CaptchaModel:
    """The bundled model, after a push and a load."""
    model.push_to_hub("ann/reader", token="hf_ann")
    return CaptchaModel.from_pretrained("ann/reader", cache_dir=tmp_path / "cache")


@pytest.mark.slow
def test_it_reads_the_same(loaded, model, synthetic):
    # Nearly, because other tests may have made `model` read with Keras.
    assert loaded.logits(synthetic.pixels) == pytest.approx(
        model.logits(synthetic.pixels), abs=1e-3
    )
    pairs = zip(
        loaded.predict_pixels(synthetic.pixels), model.predict_pixels(synthetic.pixels), strict=True
    )
    assert all(ours.text == theirs.text for ours, theirs in pairs)


@pytest.mark.slow
def test_the_string_lookups_are_the_same(loaded, model):
    characters = list(model.vocabulary.characters)
    lookup = loaded.vocabulary.string_lookup()
    inverse = loaded.vocabulary.string_lookup(invert=True)
    assert lookup.get_vocabulary() == inverse.get_vocabulary() == ["", *characters]
    ids = np.asarray(lookup(["", *characters]))
    assert ids.tolist() == list(range(loaded.vocabulary.classes))
    assert ids[1:].tolist() == loaded.vocabulary.encode(model.vocabulary.characters)
    assert [c.decode() for c in np.asarray(inverse(ids))] == ["", *characters]


@pytest.mark.slow
def test_keras_alone_opens_it_and_gives_the_same_logits(hub, keras_model, synthetic, tmp_path):
    keras_model.push_to_hub("ann/reader", token="hf_ann")
    np.save(tmp_path / "images.npy", to_batch(synthetic.pixels))
    script = Path(__file__).with_name("open_with_keras.py")
    files = [str(tmp_path / "images.npy"), str(tmp_path / "logits.npy")]
    done = subprocess.run(
        [sys.executable, str(script), "hf://ann/reader", *files],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    expected = keras_model.logits(synthetic.pixels)
    assert np.load(tmp_path / "logits.npy") == pytest.approx(expected, abs=1e-5)


@pytest.mark.slow
def test_offline_the_runtime_whose_files_are_in_the_cache_reads(hub, model, tmp_path):
    model.push_to_hub("ann/reader", token="hf_ann")
    options = {"cache_dir": tmp_path / "cache"}
    _, second = candidates("auto")
    CaptchaModel.from_pretrained("ann/reader", runtime=second, **options)
    with pytest.warns(RuntimeFallbackWarning, match="not in the cache"):
        offline = CaptchaModel.from_pretrained("ann/reader", local_files_only=True, **options)
    image = EXAMPLES / "1.png"
    assert offline.predict(image).text == model.predict(image).text
