"""A small model that the code of captcha_model before its packages were rearranged really wrote.

`folders/format-3` lacks only its card. `folders/image.png` is a synthetic image of that code, and
the text and the confidences are those that it read with each runtime.
"""

from pathlib import Path

import pytest

from captcha_model.evaluation.report import Confusion
from captcha_model.model import CaptchaModel

FOLDERS = Path(__file__).with_name("folders")
CONFIDENCE = {"onnx": 0.5003075318268326, "keras": 0.5003064652857143}


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["onnx", "keras"])
def test_format_3_is_read_as_by_the_code_that_wrote_it(runtime):
    model = CaptchaModel.from_pretrained(FOLDERS / "format-3", runtime=runtime)
    reading = model.predict(FOLDERS / "image.png")
    assert (reading.text, reading.rejection_reason) == ("fffff", None)
    # Another processor may add numbers in another order.
    assert reading.confidence == pytest.approx(CONFIDENCE[runtime], abs=1e-5)
    right = [character.right for character in reading.characters]
    assert right == pytest.approx([7.6038, 17.6647, 29.5736, 45.7194, 64.0], abs=1e-3)


def test_its_calibration_and_its_facts_are_kept(tmp_path):
    model = CaptchaModel.from_pretrained(FOLDERS / "format-3", runtime="onnx")
    calibration = model.config.calibration
    assert calibration is not None
    assert (calibration.temperature, calibration.min_confidence) == (1.25, 0.0625)
    assert calibration.novelty is not None
    assert (calibration.novelty.count, calibration.novelty.channels) == (12, 1)
    facts = model.facts
    assert facts.training is not None
    assert (facts.training.synthetic, facts.training.lengths) == (4, (4, 5))
    assert [(e.split, e.confusions) for e in facts.evaluations] == [
        ("validation", (Confusion("a", "b", 1),))
    ]
    assert facts.calibration is not None
    assert (facts.calibration.split, facts.calibration.accepted) == ("validation", 20)
    model.save_pretrained(tmp_path / "again")
    again = CaptchaModel.from_pretrained(tmp_path / "again", runtime="onnx")
    assert (again.config, again.facts) == (model.config, model.facts)
    for name in ("model.onnx", "model.weights.h5", "config.json"):
        old, new = (folder / name for folder in (FOLDERS / "format-3", tmp_path / "again"))
        assert old.read_bytes() == new.read_bytes(), name
