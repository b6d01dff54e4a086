"""The facts about a model beside its settings: how it was trained, and how well it reads.

They are saved in a model's folder as `model_facts.json` and fill the model card. Reading images
does not need them, so a folder may lack the file.
"""

from captcha_model.model_card.facts import (
    CROSS_VALIDATION,
    MAX_CONFUSIONS,
    WITHOUT_COPIES,
    CalibrationFacts,
    EvaluationFacts,
    TrainingFacts,
    evaluation_command,
    today,
)
from captcha_model.model_card.facts_file import ModelFacts, load_facts
from captcha_model.storage.manifest import FACTS_FILE

__all__ = [
    "CROSS_VALIDATION",
    "FACTS_FILE",
    "MAX_CONFUSIONS",
    "WITHOUT_COPIES",
    "CalibrationFacts",
    "EvaluationFacts",
    "ModelFacts",
    "TrainingFacts",
    "evaluation_command",
    "load_facts",
    "today",
]
