"""Read text captchas and other short noisy codes, with a confidence for every character.

Example:
    >>> from captcha_model import CaptchaModel
    >>> model = CaptchaModel.from_pretrained()
    >>> model.predict("demo/examples/1.png").text
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Names are imported when they are first used, so that importing the package stays light.
_HOMES = {
    "CaptchaModel": "captcha_model.model",
    "CaptchaConfig": "captcha_model.config",
    "Vocabulary": "captcha_model.vocabulary",
    "Prediction": "captcha_model.prediction",
    "Character": "captcha_model.prediction",
    "Alternative": "captcha_model.prediction",
    "LabelledImages": "captcha_model.data.samples",
    "load_dataset": "captcha_model.data.dataset",
    "EvaluationReport": "captcha_model.evaluation.report",
    "evaluate": "captcha_model.evaluation.evaluate",
    "CaptchaError": "captcha_model.errors",
    "ImageError": "captcha_model.errors",
}

__all__ = [
    "Alternative",
    "CaptchaConfig",
    "CaptchaError",
    "CaptchaModel",
    "Character",
    "EvaluationReport",
    "ImageError",
    "LabelledImages",
    "Prediction",
    "Vocabulary",
    "__version__",
    "evaluate",
    "load_dataset",
]

if TYPE_CHECKING:
    from captcha_model.config import CaptchaConfig
    from captcha_model.data.dataset import load_dataset
    from captcha_model.data.samples import LabelledImages
    from captcha_model.errors import CaptchaError, ImageError
    from captcha_model.evaluation.evaluate import evaluate
    from captcha_model.evaluation.report import EvaluationReport
    from captcha_model.model import CaptchaModel
    from captcha_model.prediction import Alternative, Character, Prediction
    from captcha_model.vocabulary import Vocabulary


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
