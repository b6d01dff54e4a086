"""Adapts a model again and again while a person labels, one training at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from captcha_model.errors import CaptchaError
from captcha_model.labelling.adapted_models import AdaptedModel, AdaptedModels
from captcha_model.labelling.adapting import Adapting


@dataclass(frozen=True)
class Lesson:
    """A training that runs.

    Attributes:
        labels: how many labels it has.
        learned: their digest.
        decisions: how many decisions the caller had counted by then.
        start: when it began, by `time.monotonic`.
    """

    labels: int
    learned: str
    decisions: int
    start: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """For how long it has run."""
        return time.monotonic() - self.start


class Learner:
    """Trains in the background.

    Args:
        labels: the file of the labels.
        models: receives the results.
        options: further options of `captcha-model train`.
        done: called after every training, with its model, or with None if it failed.

    Attributes:
        models: the results.
        lesson: the training that runs, if any.
        problem: why the last training failed; empty if it did not.
    """

    def __init__(
        self,
        labels: Path,
        models: AdaptedModels,
        options: Sequence[str],
        done: Callable[[AdaptedModel | None, Lesson], None],
    ) -> None:
        self.models = models
        self.lesson: Lesson | None = None
        self.problem = ""
        self._labels, self._options, self._done = labels, options, done
        self._adapting: Adapting | None = None
        self._thread: threading.Thread | None = None
        self._ended = False

    def start(self, lesson: Lesson) -> None:
        """Begin a training; the caller makes sure that none runs."""
        if self._ended:
            return
        try:
            folder = self.models.new_folder(lesson.labels)
        except OSError as error:
            self.problem = f"A model cannot be kept in {self.models.out}: {error}"
            return
        self._adapting = Adapting(self._labels, folder, self._options)
        self.lesson, self.problem = lesson, ""
        self._thread = threading.Thread(target=self._follow, args=(self._adapting, folder, lesson))
        self._thread.start()

    def end(self) -> None:
        """End a training that runs, and begin no more."""
        self._ended = True
        if self._adapting and self.lesson:
            self._adapting.end()
        if self._thread:
            self._thread.join()

    def _follow(self, adapting: Adapting, folder: Path, lesson: Lesson) -> None:
        found = None
        try:
            adapting.wait()
            found = self.models.take(folder, lesson.learned)
        except (CaptchaError, OSError) as error:
            self.problem = "" if self._ended else str(error)
            # One that was ended early has saved what it had learned by then.
            self.models.discard(folder)
        self.lesson = None
        if not self._ended:
            self._done(found, lesson)
