import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import CaptchaError, DependencyError, ImageError
from captcha_model.labelling.engines import EngineProposer, fold
from captcha_model.labelling.proposals import Proposal

IMAGES = [Image.new("RGB", (60, 20), "red"), ImageError("It is damaged.")]


@pytest.mark.parametrize(
    ("text", "characters", "case", "folded"),
    [
        ("A b\n1", None, "keep", "Ab1"),
        ("Ab1", None, "lower", "ab1"),
        ("A b-1", "ab1", "keep", "ab1"),
        ("A b1", "ABab", "keep", "Ab"),
        ("ab", "AB", "upper", "AB"),
    ],
)
def test_texts_are_folded_to_the_characters(text, characters, case, folded):
    assert fold(text, characters, case) == folded


def test_rapidocr_gets_the_line_and_not_a_page(monkeypatch):
    class RapidOCR:
        def __init__(self, params):
            pass

        def __call__(self, pixels, **ways):
            assert ways == {"use_det": False, "use_cls": False, "use_rec": True}
            assert np.array_equal(pixels[0, 0], [0, 0, 255])
            return SimpleNamespace(txts=("AB 1",), scores=(0.75,))

    module = ModuleType("rapidocr")
    module.RapidOCR = RapidOCR
    monkeypatch.setitem(sys.modules, "rapidocr", module)
    found = [*EngineProposer("rapidocr", case="lower").propose(IMAGES)]
    assert found == [Proposal("ab1", 0.75), IMAGES[1]]


def test_ddddocr_gets_a_file(monkeypatch):
    class DdddOcr:
        def __init__(self, show_ad):
            pass

        def classification(self, data):
            assert data.startswith(b"\x89PNG")
            return "ab1"

    module = ModuleType("ddddocr")
    module.DdddOcr = DdddOcr
    monkeypatch.setitem(sys.modules, "ddddocr", module)
    assert next(EngineProposer("ddddocr", "ab").propose(IMAGES)) == Proposal("ab", 0.0)


def test_what_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(DependencyError, match="python -m pip install rapidocr"):
        EngineProposer("rapidocr")


def test_what_the_program_raises_is_told(monkeypatch):
    class DdddOcr:
        def __init__(self, show_ad):
            pass

        def classification(self, file):
            raise RuntimeError("no memory")

    module = ModuleType("ddddocr")
    module.DdddOcr = DdddOcr
    monkeypatch.setitem(sys.modules, "ddddocr", module)
    with pytest.raises(CaptchaError, match="ddddocr gave up: no memory"):
        list(EngineProposer("ddddocr").propose(IMAGES))
