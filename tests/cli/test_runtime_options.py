import json
import os
import shutil

import pytest

from captcha_model.hub import BUNDLED
from captcha_model.storage.manifest import ONNX_FILE
from tests.conftest import EXAMPLES

pytestmark = pytest.mark.slow

EXAMPLE = str(EXAMPLES / "1.png")


@pytest.fixture(autouse=True)
def own_variables(monkeypatch):
    """`--device cpu` sets one for its process, which here goes on."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", os.environ.get("CUDA_VISIBLE_DEVICES", "-1"))


def text_of(cli, *options: str) -> str:
    code, out, err = cli("predict", EXAMPLE, *options)
    assert (code, err) == (0, "")
    return out.split("\t")[1]


def test_either_runtime_on_the_processor_reads_the_same(cli, model):
    text = model.predict(EXAMPLE).text
    assert text_of(cli, "--runtime", "onnx") == text
    assert text_of(cli, "--runtime", "keras", "--device", "cpu") == text
    os.environ["CUDA_VISIBLE_DEVICES"] = "0"
    assert text_of(cli, "--device", "cpu") == text
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"


def test_evaluate_takes_them_too(cli, image_folder):
    data = ["evaluate", "--data", str(image_folder), "--split", "all", "--json"]
    onnx, keras = (json.loads(cli(*data, "--runtime", r)[1]) for r in ("onnx", "keras"))
    assert onnx["images"] == 40
    assert all(onnx[figure] == keras[figure] for figure in ("correct", "cer", "confusions"))


def test_a_gpu_that_is_not_there_fails(cli):
    code, out, err = cli("predict", EXAMPLE, "--device", "gpu")
    assert (code, out) == (1, "")
    assert "No GPU can be used" in err
    code, out, err = cli("predict", EXAMPLE, "--device", "gpu", "--runtime", "onnx")
    assert (code, out) == (1, "")
    assert "--runtime keras" in err


def test_a_fallback_is_one_line(cli, tmp_path):
    folder = shutil.copytree(BUNDLED, tmp_path / "model")
    (folder / ONNX_FILE).unlink()
    code, out, err = cli("predict", EXAMPLE, "--model", str(folder))
    assert (code, out.count("\n")) == (0, 1)
    assert err == f"captcha-model: warning: {folder} lacks {ONNX_FILE}. Keras reads instead.\n"
