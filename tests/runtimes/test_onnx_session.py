"""The threads, the execution providers and the session options that a caller chooses."""

import pickle
import threading

import pytest

from captcha_model.errors import ConfigError
from captcha_model.model import CaptchaModel
from captcha_model.model_chooser import ModelChooser
from captcha_model.runtimes.choice import candidates
from captcha_model.runtimes.onnx_session import CPU, SessionSettings, open_session
from tests.conftest import EXAMPLES
from tests.runtimes.test_onnx import small_graph

PATHS = [str(path) for path in sorted(EXAMPLES.glob("*.png"))] * 8


def session_of(model: CaptchaModel):
    return model._runtime._here()


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_model_takes_the_threads_that_it_is_given(model, threads, monkeypatch):
    monkeypatch.setattr("captcha_model.runtimes.onnx.usable_cores", lambda: 64)
    ours = CaptchaModel.from_pretrained(threads=threads)
    assert session_of(ours)._cores == threads
    assert session_of(CaptchaModel.from_pretrained())._cores == 64
    assert ours.predict(PATHS) == model.predict(PATHS)


def test_one_thread_is_the_callers():
    alone = CaptchaModel.from_pretrained(threads=1)
    before = threading.active_count()
    running = alone.predict_stream(PATHS, batch_size=16)
    next(running)
    # Threads that others left behind may end meanwhile.
    assert threading.active_count() <= before
    for _ in running:
        assert threading.active_count() <= before


def test_a_copy_keeps_the_settings():
    made = pickle.loads(pickle.dumps(CaptchaModel.from_pretrained(threads=1)))
    assert session_of(made)._cores == 1
    assert made.predict(PATHS[0]).text == "w52g8"


def test_a_choice_among_models_passes_them_on():
    chooser = ModelChooser(threads=1, session_options={"enable_cpu_mem_arena": False})
    assert session_of(chooser._first)._cores == session_of(chooser._open_general())._cores == 1
    assert chooser._first._runtime._settings.options == {"enable_cpu_mem_arena": False}


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_a_wrong_number_of_threads_is_named(threads):
    with pytest.raises(ConfigError, match="threads must be a whole number from 1"):
        CaptchaModel.from_pretrained(threads=threads)


def test_an_execution_provider_that_is_missing_is_no_cpu_in_disguise():
    with pytest.raises(ConfigError, match=rf"'FpgaExecutionProvider'.* It has: .*{CPU}"):
        CaptchaModel.from_pretrained(providers=["FpgaExecutionProvider", CPU])
    with pytest.raises(ConfigError, match="'FpgaExecutionProvider'"):
        CaptchaModel.from_pretrained(providers=[("FpgaExecutionProvider", {"card": 1})])


def test_execution_providers_may_have_options(model):
    ours = CaptchaModel.from_pretrained(providers=[(CPU, {})])
    assert ours.device == model.device
    assert ours.predict(PATHS[0]) == model.predict(PATHS[0])
    assert SessionSettings(providers=[("Cuda", {}), CPU]).names == ["Cuda", CPU]


def test_session_options_reach_onnx_runtime():
    options = {"enable_cpu_mem_arena": False, "session.disable_prepacking": "1"}
    session = open_session(small_graph(), SessionSettings(options=options))
    found = session.get_session_options()
    assert not found.enable_cpu_mem_arena
    assert found.get_session_config_entry("session.disable_prepacking") == "1"
    assert found.intra_op_num_threads == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"treads": 2}, "no attribute 'treads'"),
        ({"add_session_config_entry": 2}, "no attribute 'add_session_config_entry'"),
        ({"__class__": int}, "no attribute '__class__'"),
        ({"intra_op_num_threads": "two"}, "does not take intra_op_num_threads='two'"),
        ({"session.disable_prepacking": 1}, "does not take session.disable_prepacking=1"),
    ],
)
def test_wrong_session_options_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        CaptchaModel.from_pretrained(session_options=options)


def test_settings_of_onnx_runtime_choose_it():
    assert candidates("auto", SessionSettings(threads=1)) == ("onnx",)
    assert candidates("onnx", SessionSettings(threads=1)) == ("onnx",)
    with pytest.raises(ConfigError, match="TF_NUM_INTRAOP_THREADS"):
        CaptchaModel.from_pretrained(runtime="keras", threads=1)
    assert not SessionSettings(providers=[CPU]).is_default
