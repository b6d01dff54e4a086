"""The facts of one model, and the file that they are saved in."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from captcha_model._utils.atomic_files import leads_out
from captcha_model._utils.strict_json import Record
from captcha_model._utils.type_checks import Range, Text
from captcha_model.errors import ConfigError
from captcha_model.model_card.facts import (
    CalibrationFacts,
    EvaluationFacts,
    Positive,
    TrainingFacts,
)
from captcha_model.storage.manifest import FACTS_FILE

FORMAT_VERSION = 3
MAX_FACTS_BYTES = 2**18


@dataclass(frozen=True)
class ModelFacts(Record, code="FACTS_INVALID"):
    """All that is known of a model beside its settings; any of it may be unknown.

    Attributes:
        format_version: the version of the file's format.
        license: the licence of the weights, as the Hub names licences ("apache-2.0"); only their
            author can state it.
        parameters: the number of weights.
        training: how it was trained.
        evaluations: how well it reads, at most one evaluation for each split of a source.
        calibration: how good its confidences are.
    """

    format_version: Annotated[int, Range(FORMAT_VERSION, FORMAT_VERSION)] = FORMAT_VERSION
    license: Annotated[str, Text(pattern=r"[a-z0-9][a-z0-9.-]*")] | None = None
    parameters: Positive | None = None
    training: TrainingFacts | None = None
    evaluations: tuple[EvaluationFacts, ...] = ()
    calibration: CalibrationFacts | None = None

    def check_together(self) -> None:
        """Check that no split of a source has two evaluations."""
        evaluated = [(e.data, e.split) for e in self.evaluations]
        if len(set(evaluated)) < len(evaluated):
            raise self.invalid("evaluations: two are of the same images")

    @property
    def shows_images(self) -> bool:
        """Whether the card may show images of the training."""
        return self.training is not None and self.training.shows_images

    def with_evaluation(self, evaluation: EvaluationFacts) -> "ModelFacts":
        """Return these facts with an evaluation, which replaces an earlier one of its images."""
        images = (evaluation.data, evaluation.split)
        others = [e for e in self.evaluations if (e.data, e.split) != images]
        return dataclasses.replace(self, evaluations=(*others, evaluation))

    @classmethod
    def from_dict(cls, values: Any, *, partial: bool = False) -> Self:
        """Build the facts from `to_dict`'s values, in this format or an earlier one.

        Raises:
            ConfigError: they are not valid.
        """
        if isinstance(values, dict) and values.get("format_version") in (1, 2):
            # Version 1 lacks the calibration, version 2 what its threshold is good for.
            calibration = values.get("calibration") if values["format_version"] == 2 else None
            if isinstance(calibration, dict):
                calibration = {**calibration, "precision": None, "trials": None}
            values = {**values, "format_version": FORMAT_VERSION, "calibration": calibration}
        return super().from_dict(values, partial=partial)


def load_facts(folder: Path) -> ModelFacts:
    """Read the facts of a model's folder; a folder without the file has no known facts.

    Raises:
        ConfigError: the facts are not valid, or the file is a link that leads out of the folder.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        return ModelFacts()
    try:
        if leads_out(folder, path):
            raise ModelFacts.invalid("the file is a link that leads out of the folder")
        if path.stat().st_size > MAX_FACTS_BYTES:
            raise ModelFacts.invalid(f"it has more than {MAX_FACTS_BYTES} bytes")
        return ModelFacts.from_json(path.read_text(encoding="utf-8"))
    except (ConfigError, UnicodeDecodeError) as error:
        raise ConfigError(f"{FACTS_FILE} is not valid: {error}", code="FACTS_INVALID") from error
