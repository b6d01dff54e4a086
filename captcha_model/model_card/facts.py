"""The kinds of facts: of a training, of an evaluation, of a calibration."""

import datetime
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from captcha_model.errors import ConfigError
from captcha_model.evaluation.report import Confusion, EvaluationReport
from captcha_model.metrics.intervals import wilson_interval

MAX_CONFUSIONS = 20
CROSS_VALIDATION = "cross-validation"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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
        epochs: how many there were.
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
        check("date", bool(_DATE.fullmatch(self.date)))
        low, high = self.lengths
        check("a count", min(self.images, self.validation_images, self.epochs, high) >= 1)
        check("a number", min(self.drawn, self.seed, low, self.seconds or 0) >= 0)
        check("best_epoch", self.best_epoch is None or 1 <= self.best_epoch <= self.epochs)
        fraction = self.validation_fraction
        check("validation_fraction", fraction is None or 0 < fraction < 1)

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
        check("date", bool(_DATE.fullmatch(self.date)))
        check("correct", 0 <= self.correct <= self.images and self.images >= 1)
        check("cer", self.cer >= 0)
        check("confusions", all(c.count >= 1 for c in self.confusions))

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
        check("date", bool(_DATE.fullmatch(self.date)))
        check("accepted", 0 <= self.correct <= self.accepted <= self.images >= 1)
        shares = (self.ece_before, self.ece, self.auroc or 0.0)
        check("a share", min(shares) >= 0 and max(shares) <= 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson 95 % interval of the share of right ones among the accepted readings."""
        return wilson_interval(self.correct, self.accepted)


def evaluation_command(data: str, *chosen: str, label_suffix: bool) -> str:
    """Return the command that prints the figures of chosen images, for `EvaluationFacts`."""
    suffix = ["--label-suffix"] if label_suffix else []
    return shlex.join(
        ["captcha-model", "evaluate", "--data", data, *chosen, *suffix, "--model", "MODEL"]
    )


def today() -> str:
    """Return the day, in UTC, as YYYY-MM-DD."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def check(name: str, valid: bool) -> None:
    """Refuse a value of a fact.

    Raises:
        ConfigError: it is not valid.
    """
    if not valid:
        raise ConfigError(f"{name} is out of its bounds", code="FACTS_INVALID")
