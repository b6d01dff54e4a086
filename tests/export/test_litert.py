import ai_edge_litert.interpreter
import numpy as np
import pytest

from captcha_model import networks
from captcha_model.errors import ExportError
from captcha_model.export.formats import FORMATS, check_export, export_model
from captcha_model.images.preprocessing import to_batch
from tests.random_models import random_model


@pytest.mark.slow
@pytest.mark.parametrize("sigmoid", [0, 1])
def test_the_plain_interpreter_computes_what_keras_does(pixels, tmp_path, sigmoid, capfd):
    model = random_model("multi-head", options={"sigmoid": sigmoid})
    capfd.readouterr()
    path = export_model(model, "litert", tmp_path / "m.tflite")
    assert capfd.readouterr() == ("", "")
    line = FORMATS["litert"].usage_of(path)
    for count in (1, 3):
        found = eval(line, {"ai_edge_litert": ai_edge_litert, "images": to_batch(pixels[:count])})
        assert list(found) == ["logits"]
        np.testing.assert_allclose(found["logits"], model.logits(pixels[:count]), atol=1e-4)


@pytest.mark.slow
def test_recurrent_networks_are_refused_with_those_that_go(any_model, tmp_path):
    if not networks.describe(any_model.config).recurrent:
        check_export("litert", any_model.config)
        return
    with pytest.raises(ExportError) as caught:
        export_model(any_model, "litert", tmp_path / "m.tflite")
    assert caught.value.code == "EXPORT_UNSUPPORTED"
    assert str(caught.value).endswith("It can run: multi-head.")
    assert not list(tmp_path.iterdir())
