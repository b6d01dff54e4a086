"""Loading the models of a server, and the check of its address."""

import shutil
import socket

import pytest

from captcha_model import CaptchaError, CaptchaModel, ModelChooser
from demo.serving.start import check_address, load, start


def test_no_source_is_the_choice_among_the_bundled_models():
    models = load(["", "captcha-images-v2"])
    assert [*models] == ["auto", "captcha-images-v2"]
    assert isinstance(models["auto"], ModelChooser)


def test_two_models_of_one_name_are_an_error(saved, tmp_path):
    for owner in ("a", "b"):
        CaptchaModel.from_pretrained(saved).save_pretrained(tmp_path / owner / "mine")
    with pytest.raises(CaptchaError, match="Two models have the name 'mine'"):
        load([str(tmp_path / owner / "mine") for owner in ("a", "b")])


def test_no_model_has_the_name_of_the_choice(saved, tmp_path):
    shutil.copytree(saved, tmp_path / "auto")
    with pytest.raises(CaptchaError, match="would have the name 'auto'"):
        load([str(tmp_path / "auto")])


def test_a_model_that_cannot_be_loaded_is_an_error_before_gradio_is_imported(tmp_path):
    with pytest.raises(CaptchaError, match=r"^The model cannot be loaded: "):
        start([str(tmp_path)], "127.0.0.1", 0)


@pytest.mark.parametrize(
    "error",
    [PermissionError(13, "Permission denied"), socket.gaierror(-2, "Name or service not known")],
)
def test_another_problem_of_the_address_is_not_called_in_use(monkeypatch, error):
    def bind(*_):
        raise error

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(CaptchaError) as caught:
        check_address("example.invalid", 80)
    said = str(caught.value)
    assert said == f"The server cannot listen on example.invalid:80: {error.strerror}."
