"""A model in several processes and threads: forked, spawned, pickled and copied."""

import copy
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from captcha_model._utils import keras_backend
from captcha_model._utils.error_codes import all_codes
from captcha_model.errors import ForkedProcessError
from captcha_model.hub import BUNDLED
from captcha_model.hub.source import Pretrained
from captcha_model.inference.options import ReadingOptions
from captcha_model.model import CaptchaModel
from captcha_model.storage.manifest import ONNX_FILE
from tests.conftest import EXAMPLES, ROOT
from tests.test_errors import extra

PATHS = [str(path) for path in sorted(EXAMPLES.glob("*.png"))] * 8
RUNTIMES = ("onnx", "keras")


@pytest.fixture(scope="module")
def texts(model) -> list[str]:
    return [reading.text for reading in model.predict(PATHS)]


def forked(runtime: str) -> dict[str, list]:
    """Return what `tests/forked.py` reads."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.forked", runtime, *PATHS],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.mark.slow
@needs_fork
def test_forked_children_read_lists_with_onnx_runtime(texts):
    found = forked("onnx")
    assert found.pop("pool") == [texts] * 4
    # Also with Keras, which the parent has not used; the parent itself still reads.
    assert found == dict.fromkeys(
        ("parent", "sent", "onnx", "keras", "grandchild", "stream", "after"), texts
    )


@pytest.mark.slow
@needs_fork
def test_forked_children_are_told_that_keras_cannot_run(texts):
    found = forked("keras")
    errors = [*found.pop("pool"), found["sent"], found["keras"], found["grandchild"]]
    for code, message in errors:
        assert code == "FORKED_PROCESS"
        assert 'CaptchaModel.from_pretrained(..., runtime="onnx")' in message
        assert 'multiprocessing.get_context("spawn")' in message
    assert found["parent"] == found["after"] == found["onnx"] == texts


def read_paths(model: CaptchaModel) -> list[str]:
    return [reading.text for reading in model.predict(PATHS)]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_spawned_children_read_with_a_model_that_is_sent_to_them(runtime, texts):
    model = CaptchaModel.from_pretrained(runtime=runtime)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(read_paths, [model]) == texts


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("fresh", [True, False])
def test_threads_share_a_model(runtime, fresh, texts):
    model = CaptchaModel.from_pretrained(runtime=runtime)
    if fresh:  # Whose session and network are made at the first reading, here by several at once.
        model = pickle.loads(pickle.dumps(model))
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read_paths, [model] * 8)) == [texts] * 8


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "pickle-of-pickle": lambda model: pickle.loads(pickle.dumps(COPIES["pickle"](model))),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
}


@pytest.mark.parametrize("make", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_copy_is_the_same_model(runtime, make, texts):
    model = CaptchaModel.from_pretrained(runtime=runtime)
    made = make(model)
    assert type(made) is CaptchaModel
    assert made is not model
    assert (made.config, made.device, repr(made)) == (model.config, model.device, repr(model))
    assert read_paths(made) == texts
    pixels = np.zeros((3, *model.config.input_shape), np.uint8)
    np.testing.assert_array_equal(made.logits(pixels), model.logits(pixels))
    assert made.facts == model.facts


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_pickle_needs_no_files_of_the_model(runtime, texts, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for file in BUNDLED.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    stored = pickle.dumps(CaptchaModel.from_pretrained(folder, runtime=runtime))
    for file in folder.iterdir():
        file.unlink()
    assert read_paths(pickle.loads(stored)) == texts


@pytest.mark.slow
def test_a_copy_of_a_trained_network_has_weights_of_its_own(any_model, pixels):
    before = any_model.logits(pixels)
    for make in (COPIES["deepcopy"], COPIES["pickle"]):
        made = make(any_model)
        np.testing.assert_array_equal(made.logits(pixels), before)
        assert made.left_to_right == any_model.left_to_right
        made.network.set_weights([weight + 1 for weight in made.network.get_weights()])
        assert not np.allclose(made.logits(pixels), before)
        np.testing.assert_array_equal(any_model.logits(pixels), before)


@pytest.mark.slow
def test_a_copy_can_be_saved(small_model, tmp_path, pixels):
    made = COPIES["pickle"](small_model)
    made.save_pretrained(tmp_path / "model")
    again = CaptchaModel.from_pretrained(tmp_path / "model", runtime="keras")
    blank = np.zeros((1, *small_model.config.input_shape), np.uint8)
    np.testing.assert_array_equal(again.logits(blank), small_model.logits(blank))
    onnx = COPIES["pickle"](CaptchaModel.from_pretrained(runtime="onnx"))
    onnx.save_pretrained(tmp_path / "onnx")
    assert (tmp_path / "onnx" / ONNX_FILE).read_bytes() == (BUNDLED / ONNX_FILE).read_bytes()


def test_a_token_is_not_pickled():
    source = Pretrained("user/name", token="hf_secret", cache_dir=Path("cache"))
    stored = pickle.dumps(source)
    assert b"hf_secret" not in stored
    assert vars(pickle.loads(stored)) == {**vars(source), "_token": None}
    assert vars(pickle.loads(pickle.dumps(Pretrained(None, token=False))))["_token"] is False
    assert copy.deepcopy(source) is source


def test_what_a_child_returns_can_be_pickled(model):
    (reading, error) = model.predict([PATHS[0], b"nonsense"], on_error="return")
    inspection = model.inspect(PATHS[0])
    for value in (reading, ReadingOptions(length=(1, None))):
        assert pickle.loads(pickle.dumps(value)) == value
    assert pickle.loads(pickle.dumps(inspection)).reading == reading
    assert pickle.loads(pickle.dumps(error)).code == "IMAGE_FORMAT"


def test_every_error_can_be_pickled():
    """An error that cannot be rebuilt makes a pool of processes wait for ever."""
    for kind, code, _ in all_codes():
        error = kind("what went wrong", code=code) if not extra(kind) else kind("what", fitted=None)
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.code, str(again)) == (kind, error.code, str(error))


def test_keras_is_refused_at_once_and_by_name(monkeypatch, small_model):
    runtime = small_model._runtime
    monkeypatch.setattr(keras_backend, "fork_count", lambda: 1)
    blank = np.zeros(small_model.config.input_shape, np.uint8)
    for call in (
        lambda: small_model.predict(blank),
        lambda: CaptchaModel(small_model.config),
        lambda: small_model.network,
        lambda: pickle.dumps(runtime),
    ):
        with pytest.raises(ForkedProcessError, match="cannot run in it"):
            call()
