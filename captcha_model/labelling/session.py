"""Labelling a folder: proposals, labels that are kept at once, and a model that learns on."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from captcha_model.config import CaptchaConfig
from captcha_model.decoding.letter_case import Case
from captcha_model.errors import DataError
from captcha_model.labelling.adapted_models import AdaptedModel, AdaptedModels
from captcha_model.labelling.image_pool import ImagePool
from captcha_model.labelling.label_checks import checked_label, images_to_label
from captcha_model.labelling.label_file import UNREADABLE, LabelFile, digest
from captcha_model.labelling.learner import Learner, Lesson
from captcha_model.labelling.proposals import Proposal, Proposer
from captcha_model.labelling.state import LabelledImage, LabelState, estimate_of, labelled_images

LEAST_TEXTS = 2
"""A training needs this many different labels."""


@dataclass(frozen=True)
class LabelOptions:
    """How a folder is labelled.

    Attributes:
        every: how many labels make a new training.
        characters: the only ones that a label may have; None for all.
        case: "lower" or "upper" keeps labels in that case; "keep" as they are typed.
    """

    every: int = 10
    characters: str | None = None
    case: Case = "keep"

    def train_options(self) -> list[str]:
        """Return the options of `captcha-model train` for such labels."""
        # Characters that begin with a dash would be taken for an option of their own.
        return [f"--characters={self.characters}"] if self.characters else []


class LabelSession:
    """The labelling of one folder; safe to be used by several threads.

    Args:
        pool: the images of the folder.
        labels: the file of their labels.
        models: what was adapted before.
        config: the settings of the network that is adapted.
        proposer: proposes texts until a model was adapted.
        adapted: returns the reader of an adapted model.
        options: how the folder is labelled.
    """

    def __init__(
        self,
        pool: ImagePool,
        labels: LabelFile,
        models: AdaptedModels,
        config: CaptchaConfig,
        proposer: Proposer,
        adapted: Callable[[AdaptedModel], Proposer],
        options: LabelOptions,
    ) -> None:
        self.pool, self.labels, self.options = pool, labels, options
        self.learner = Learner(labels.path, models, options.train_options(), self._learned)
        self._config, self._adapted = config, adapted
        self._lock = threading.RLock()
        self._names = dict.fromkeys(pool.images.names)
        self._skipped: dict[str, None] = {}
        self._current: str | None = None
        self._again: tuple[str, str] | None = None
        self._changed = 0
        newest = models.newest
        # How many labels the last training had, and how many decisions there were by then.
        self._learned_labels = newest.labels if newest else 0
        self._learned_at = 0 if newest and models.learned == digest(labels.labels) else -1
        # Those without a label first. Labelled ones are only compared with the others.
        rest = sorted(self._names, key=lambda name: name in labels.labels)
        pool.read(adapted(newest) if newest else proposer, rest)

    @property
    def folder(self) -> str:
        """The folder, as it was given."""
        return str(self.pool.images.folder)

    def summary(self) -> str:
        """Return a sentence on what there is, for the end."""
        newest = self.learner.models.newest
        learned = f" The model of {newest.labels} labels is in {newest.model}." if newest else ""
        return f"{len(self.labels.labels)} labels are in {self.labels.path}.{learned}"

    def state(self) -> LabelState:
        """Return what a page shows; it chooses the next image where there is none."""
        with self._lock:
            if self._current is None:
                self._current = self._next()
            name, newest = self._current, self.learner.models.newest
            proposal = self.pool.proposals.get(name) if name else None
            lesson = self.learner.lesson
            return LabelState(
                image=name,
                again=self._again[1] if self._again and self._again[0] == name else None,
                proposal=proposal or Proposal(""),
                reader=self.pool.reader,
                labels=len(self.labels.labels),
                unreadable=len(self.labels.unreadable),
                images=len(self._names),
                unopened=dict(self.pool.unopened),
                skipped=len(self._skipped),
                reading=self.pool.is_reading,
                can_undo=bool(self.labels.decided),
                lesson=(lesson.labels, lesson.seconds) if lesson else None,
                problem=self.learner.problem or self.pool.problem,
                estimate=estimate_of(newest, self.learner.models.curve),
                model=str(newest.model) if newest else "",
                is_fresh=newest is not None and self._learned_at == self._changed,
            )

    def label(self, name: str, text: str) -> None:
        """Keep a label; it is on disk when this returns. A correction is one of all copies.

        Args:
            name: of the image.
            text: what it shows.

        Raises:
            DataError: there is no such image, no model could learn the label, or it is the first
                one and the same image has another.
            OSError: the label cannot be written; it is not kept.
        """
        with self._lock:
            self._check(name)
            decoded, options = self.pool.images.decode(name), self.options
            label = checked_label(
                name, decoded, text, self._config, options.characters, options.case
            )
            for each in images_to_label(name, label, self.labels.labels, self.pool.seen):
                self._write(each, label)
            self._learn_if_due()

    def give_up(self, name: str) -> None:
        """Keep that a person cannot read an image; takes and raises what `label` does."""
        with self._lock:
            self._check(name)
            self._write(name, None, UNREADABLE)

    def skip(self, name: str) -> None:
        """Show other images before this one; raises what `label` does."""
        with self._lock:
            self._check(name)
            self._skipped.pop(name, None)
            if name not in self.labels.labels:
                self._skipped[name] = None
            if name == self._current:
                self._current = None

    def undo(self) -> None:
        """Take the last decision back, and show its image again; nothing if there is none."""
        with self._lock:
            if self.labels.decided:
                name = next(reversed(self.labels.decided))
                again = self.labels.labels.get(name, "")
                self._write(name, None)
                self._current, self._again = name, (name, again)

    def finish(self) -> None:
        """Train a model on all labels, unless there is one or a training runs.

        Raises:
            DataError: there are too few labels.
        """
        with self._lock:
            texts = len({*self.labels.labels.values()})
            if texts < LEAST_TEXTS:
                raise DataError(
                    f"A training needs images with {LEAST_TEXTS} different labels or more. There "
                    f"are {len(self.labels.labels)} labelled images with {texts}.",
                    code="SPLIT_EMPTY",
                )
            if not self.learner.lesson and self._learned_at != self._changed:
                self._learn()

    def labelled(self, start: int, count: int) -> tuple[list[LabelledImage], int]:
        """Return some of the labelled images, and how many there are."""
        with self._lock:
            every = labelled_images(self.labels.labels, self.learner.models.newest)
            return every[start : start + count], len(every)

    def png(self, name: str) -> bytes:
        """Return an image as a PNG file that is safe to show.

        Raises:
            DataError: there is no such image.
            ImageError: it cannot be read.
        """
        self._check(name)
        return self.pool.images.png(name)

    def close(self) -> None:
        """End all work in the background. Labels need no closing."""
        self.learner.end()
        self.pool.stop()

    def _check(self, name: str) -> None:
        if name not in self._names:
            raise DataError(f"There is no image {name!r}.")

    def _write(self, name: str, text: str | None, why: str = "") -> None:
        self.labels.write(name, text, why)
        self._changed += 1
        self._skipped.pop(name, None)
        self._again = None
        if name == self._current:
            self._current = None

    def _next(self) -> str | None:
        """Return the most useful image without a label; a skipped one if there is no other."""
        left = [
            name
            for name in self._names
            if name in self.pool.proposals
            and not (name in self.labels.labels or name in self.labels.unreadable)
        ]
        fresh = [name for name in left if name not in self._skipped]
        if not fresh:
            return next((name for name in self._skipped if name in left), None)
        return self.pool.most_useful(fresh, self.labels.labels)

    def _learn_if_due(self) -> None:
        due = len(self.labels.labels) - self._learned_labels >= self.options.every
        if due and not self.learner.lesson and len({*self.labels.labels.values()}) >= LEAST_TEXTS:
            self._learn()

    def _learn(self) -> None:
        labels = self.labels.labels
        self._learned_labels = len(labels)
        self.learner.start(Lesson(len(labels), digest(labels), self._changed))

    def _learned(self, found: AdaptedModel | None, lesson: Lesson) -> None:
        with self._lock:
            if found:
                self._learned_at = lesson.decisions
                left = [name for name in self._names if name not in self.labels.labels]
                self.pool.read(self._adapted(found), left)
            self._learn_if_due()
