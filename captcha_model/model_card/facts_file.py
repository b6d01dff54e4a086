"""The facts of one model, and the file that they lie in."""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captcha_model._utils import strict_json
from captcha_model._utils.atomic_files import leads_out
from captcha_model.errors import ConfigError
from captcha_model.model_card.facts import CalibrationFacts, EvaluationFacts, TrainingFacts, check

FACTS_FILE = "model_facts.json"
FORMAT_VERSION = 2
MAX_FACTS_BYTES = 2**18
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class ModelFacts:
    """All that is known of a model beside its settings; any of it may be unknown.

    Attributes:
        format_version: of the file that it is saved as.
        license: of the weights, as the Hub names licences ("apache-2.0"); its author's to state.
        parameters: the number of weights.
        training: how they came to be.
        evaluations: how well it reads, at most one for a part of a source.
        calibration: what its confidences are worth.
    """

    format_version: int = FORMAT_VERSION
    license: str | None = None
    parameters: int | None = None
    training: TrainingFacts | None = None
    evaluations: tuple[EvaluationFacts, ...] = ()
    calibration: CalibrationFacts | None = None

    def __post_init__(self) -> None:
        check("format_version", self.format_version == FORMAT_VERSION)
        check("license", self.license is None or bool(_LICENSE.fullmatch(self.license)))
        check("parameters", self.parameters is None or self.parameters >= 1)
        read = [(e.data, e.part) for e in self.evaluations]
        check("evaluations", len(set(read)) == len(read))

    def with_evaluation(self, evaluation: EvaluationFacts) -> "ModelFacts":
        """Return these facts with an evaluation, which replaces an earlier one of its images."""
        images = (evaluation.data, evaluation.part)
        others = [e for e in self.evaluations if (e.data, e.part) != images]
        return dataclasses.replace(self, evaluations=(*others, evaluation))


def load_facts(folder: Path) -> ModelFacts:
    """Read the facts of a model's folder; nothing is known where it has none.

    Raises:
        ConfigError: they are not valid.
    """
    path = folder / FACTS_FILE
    if not path.is_file():
        return ModelFacts()
    try:
        check("its place", not leads_out(folder, path))
        check("its size", path.stat().st_size <= MAX_FACTS_BYTES)
        return strict_json.from_json(ModelFacts, path.read_text(encoding="utf-8"), _current)
    except (ConfigError, UnicodeDecodeError) as error:
        raise ConfigError(f"{FACTS_FILE} is not valid: {error}.", code="FACTS_INVALID") from error


def _current(values: Any) -> Any:
    """Return a file's values as this format has them."""
    if isinstance(values, dict) and values.get("format_version") == 1:
        return {**values, "format_version": FORMAT_VERSION, "calibration": None}
    return values
