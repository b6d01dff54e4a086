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
_MODULES = {
    "captcha_model.config": ("CaptchaConfig",),
    "captcha_model.data.dataset": ("load_dataset",),
    "captcha_model.data.samples": ("LabelledImages",),
    "captcha_model.data.source_options": ("SourceOptions",),
    "captcha_model.errors": (
        "CaptchaError",
        "ConfigError",
        "ConstraintError",
        "ConstraintWarning",
        "DataError",
        "DataWarning",
        "DependencyError",
        "DivergedError",
        "ExportError",
        "ForkedProcessError",
        "HubError",
        "ImageError",
        "ModelFolderError",
        "RuntimeFallbackWarning",
        "TrainingError",
        "VocabularyError",
    ),
    "captcha_model.evaluation.evaluate": ("evaluate",),
    "captcha_model.evaluation.report": ("EvaluationReport",),
    "captcha_model.images.addresses": ("from_url",),
    "captcha_model.images.base64_text": ("from_base64",),
    "captcha_model.images.decode": ("ImageSource", "decode_image"),
    "captcha_model.images.size_limits": ("MAX_IMAGE_BYTES",),
    "captcha_model.inference.decoder": ("Inspection",),
    "captcha_model.inference.option": ("Option",),
    "captcha_model.inference.options": ("ReadingOptions",),
    "captcha_model.inference.rows": ("ReadingRow",),
    "captcha_model.labelling.session": ("LabelSession",),
    "captcha_model.model": ("CaptchaModel",),
    "captcha_model.model_chooser": ("ModelChooser", "read"),
    "captcha_model.prediction": ("Alternative", "Character", "Prediction", "RejectionReason"),
    "captcha_model.pretrained_models": ("PretrainedModel", "bundled_models"),
    "captcha_model.training.result": ("TrainedModel",),
    "captcha_model.training.workflow": ("train",),
    "captcha_model.vocabulary": ("Vocabulary",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "MAX_IMAGE_BYTES",
    "Alternative",
    "CaptchaConfig",
    "CaptchaError",
    "CaptchaModel",
    "Character",
    "ConfigError",
    "ConstraintError",
    "ConstraintWarning",
    "DataError",
    "DataWarning",
    "DependencyError",
    "DivergedError",
    "EvaluationReport",
    "ExportError",
    "ForkedProcessError",
    "HubError",
    "ImageError",
    "ImageSource",
    "Inspection",
    "LabelSession",
    "LabelledImages",
    "ModelChooser",
    "ModelFolderError",
    "Option",
    "Prediction",
    "PretrainedModel",
    "ReadingOptions",
    "ReadingRow",
    "RejectionReason",
    "RuntimeFallbackWarning",
    "SourceOptions",
    "TrainedModel",
    "TrainingError",
    "Vocabulary",
    "VocabularyError",
    "__version__",
    "bundled_models",
    "decode_image",
    "evaluate",
    "from_base64",
    "from_url",
    "load_dataset",
    "read",
    "train",
]

if TYPE_CHECKING:
    from captcha_model.config import CaptchaConfig
    from captcha_model.data.dataset import load_dataset
    from captcha_model.data.samples import LabelledImages
    from captcha_model.data.source_options import SourceOptions
    from captcha_model.errors import (
        CaptchaError,
        ConfigError,
        ConstraintError,
        ConstraintWarning,
        DataError,
        DataWarning,
        DependencyError,
        DivergedError,
        ExportError,
        ForkedProcessError,
        HubError,
        ImageError,
        ModelFolderError,
        RuntimeFallbackWarning,
        TrainingError,
        VocabularyError,
    )
    from captcha_model.evaluation.evaluate import evaluate
    from captcha_model.evaluation.report import EvaluationReport
    from captcha_model.images.addresses import from_url
    from captcha_model.images.base64_text import from_base64
    from captcha_model.images.decode import ImageSource, decode_image
    from captcha_model.images.size_limits import MAX_IMAGE_BYTES
    from captcha_model.inference.decoder import Inspection
    from captcha_model.inference.option import Option
    from captcha_model.inference.options import ReadingOptions
    from captcha_model.inference.rows import ReadingRow
    from captcha_model.labelling.session import LabelSession
    from captcha_model.model import CaptchaModel
    from captcha_model.model_chooser import ModelChooser, read
    from captcha_model.prediction import Alternative, Character, Prediction, RejectionReason
    from captcha_model.pretrained_models import PretrainedModel, bundled_models
    from captcha_model.training.result import TrainedModel
    from captcha_model.training.workflow import train
    from captcha_model.vocabulary import Vocabulary


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
