"""What is known of a model beside its settings: how it was trained, and how well it reads.

It lies in a model's folder as `model_facts.json` and fills the model card. Nothing that reads
images needs it, so a folder may lack it.
"""

import dataclasses
import datetime
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captcha_model import records
from captcha_model.errors import ConfigError
from captcha_model.evaluation import Confusion, EvaluationReport
from captcha_model.files import leads_out
from captcha_model.metrics import wilson_interval

FACTS_FILE = "model_facts.json"
FORMAT_VERSION = 2
MAX_FACTS_BYTES = 2**18
MAX_CONFUSIONS = 20
CROSS_VALIDATION = "cross-validation"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class TrainingFacts:
    """How a model was trained.

    Attributes:
        date: the day of its end, as YYYY-MM-DD.
        recipe: the name of the recipe.
        changed: the settings that differ from the recipe's, each by its name with its value.
        data: the name of the images' source, without the folder that it lies in.
        validation_fraction: of a random split; None where the labels' hash parts the images.
        images: how many images of that source it was trained on.
        drawn: how many drawn captchas it was trained on too.
        validation_images: by how many images its epochs were judged.
        lengths: of the shortest and the longest label.
        epochs: how many passes over the images.
        best_epoch: the one whose weights were kept; None where that is the last one.
        seconds: how long it took.
        seed: of everything random.
    """

    date: str
    recipe: str
    changed: Mapping[str, str]
    data: str
    validation_fraction: float | None
    images: int
    drawn: int
    validation_images: int
    lengths: tuple[int, int]
    epochs: int
    best_epoch: int | None
    seconds: float | None
    seed: int

    def __post_init__(self) -> None:
        _check("date", bool(_DATE.fullmatch(self.date)))
        low, high = self.lengths
        _check("a count", min(self.images, self.validation_images, self.epochs, high) >= 1)
        _check("a number", min(self.drawn, self.seed, low, self.seconds or 0) >= 0)
        _check("best_epoch", self.best_epoch is None or 1 <= self.best_epoch <= self.epochs)
        fraction = self.validation_fraction
        _check("validation_fraction", fraction is None or 0 < fraction < 1)

    @property
    def command(self) -> str:
        """The command that trains so again, but for the settings in `changed`."""
        words = ["captcha-model", "train", "--recipe", self.recipe, "--data", self.data]
        if self.drawn:
            words += ["--synthetic", str(self.drawn)]
        if self.validation_fraction is not None:
            words += ["--validation-fraction", f"{self.validation_fraction:g}"]
        if self.seed:
            words += ["--seed", str(self.seed)]
        return shlex.join([*words, "--out", "runs/mine"])


@dataclass(frozen=True)
class EvaluationFacts:
    """How well a model read some labelled images.

    Attributes:
        date: the day, as YYYY-MM-DD.
        data: the name of the images' source.
        part: which of its images: "train", "validation", "test", "all"; or "cross-validation",
            where each was read by a network that was trained likewise, but not on it.
        images: how many were read.
        correct: how many of them without a mistake.
        cer: all edits over all reference characters.
        confusions: the most frequent mistakes.
        command: what prints these figures; the word MODEL in it stands for the model.
    """

    date: str
    data: str
    part: str
    images: int
    correct: int
    cer: float
    confusions: tuple[Confusion, ...]
    command: str

    def __post_init__(self) -> None:
        _check("date", bool(_DATE.fullmatch(self.date)))
        _check("correct", 0 <= self.correct <= self.images and self.images >= 1)
        _check("cer", self.cer >= 0)
        _check("confusions", all(c.count >= 1 for c in self.confusions))

    @classmethod
    def from_report(
        cls, report: EvaluationReport, *, date: str, data: str, part: str, command: str
    ) -> "EvaluationFacts":
        """Take from a report what a card tells; the arguments are attributes of this class."""
        return cls(
            date=date,
            data=data,
            part=part,
            images=report.images,
            correct=report.correct,
            cer=report.cer,
            confusions=report.confusions[:MAX_CONFUSIONS],
            command=command,
        )

    @property
    def word_accuracy(self) -> float:
        """The share of texts read without any mistake."""
        return self.correct / self.images

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the word accuracy."""
        return wilson_interval(self.correct, self.images)


@dataclass(frozen=True)
class CalibrationFacts:
    """What a model's confidences were worth on the images that they were calibrated with.

    Attributes:
        date: the day, as YYYY-MM-DD.
        data: the name of the images' source.
        part: which of its images; see `EvaluationFacts`.
        images: how many were read, with their degraded copies.
        ece_before: the expected calibration error without a temperature.
        ece: the same with it.
        auroc: how probably a right reading is more confident than a wrong one; None where all are
            right or all wrong.
        accepted: how many readings the model's own threshold accepts.
        correct: how many of these are right.
    """

    date: str
    data: str
    part: str
    images: int
    ece_before: float
    ece: float
    auroc: float | None
    accepted: int
    correct: int

    def __post_init__(self) -> None:
        _check("date", bool(_DATE.fullmatch(self.date)))
        _check("accepted", 0 <= self.correct <= self.accepted <= self.images >= 1)
        shares = (self.ece_before, self.ece, self.auroc or 0.0)
        _check("a share", min(shares) >= 0 and max(shares) <= 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the share of right ones among the accepted readings."""
        return wilson_interval(self.correct, self.accepted)


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
        _check("format_version", self.format_version == FORMAT_VERSION)
        _check("license", self.license is None or bool(_LICENSE.fullmatch(self.license)))
        _check("parameters", self.parameters is None or self.parameters >= 1)
        read = [(e.data, e.part) for e in self.evaluations]
        _check("evaluations", len(set(read)) == len(read))

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
        _check("its place", not leads_out(folder, path))
        _check("its size", path.stat().st_size <= MAX_FACTS_BYTES)
        return records.from_json(ModelFacts, path.read_text(encoding="utf-8"), _current)
    except (ConfigError, UnicodeDecodeError) as error:
        raise ConfigError(f"{FACTS_FILE} is not valid: {error}.", code="FACTS_INVALID") from error


def evaluation_command(data: str, *chosen: str, label_suffix: bool) -> str:
    """Return the command that prints the figures of chosen images, for `EvaluationFacts`."""
    suffix = ["--label-suffix"] if label_suffix else []
    return shlex.join(
        ["captcha-model", "evaluate", "--data", data, *chosen, *suffix, "--model", "MODEL"]
    )


def today() -> str:
    """Return the day, in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _current(values: Any) -> Any:
    """Return a file's values as this format has them."""
    if isinstance(values, dict) and values.get("format_version") == 1:
        return {**values, "format_version": FORMAT_VERSION, "calibration": None}
    return values


def _check(name: str, valid: bool) -> None:
    if not valid:
        raise ConfigError(f"{name} is out of its bounds", code="FACTS_INVALID")
