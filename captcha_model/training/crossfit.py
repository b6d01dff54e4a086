"""Cross-fitting: one model per fold, trained on the other folds."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.letter_case import Case, comparable
from captcha_model.errors import DataError
from captcha_model.model import CaptchaModel
from captcha_model.training.loop import fit
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings


@dataclass(frozen=True)
class Fold:
    """A model and the images that it was not trained on.

    Attributes:
        number: of the fold, from 0.
        model: trained on the other folds; not calibrated.
        held_out: the indices of the fold's images in the whole set, ascending.
    """

    number: int
    model: CaptchaModel
    held_out: tuple[int, ...]


def fold_of(label: str, folds: int) -> int:
    """Return the fold of a label, from 0, by other bytes of its SHA-256 than the split uses.

    Images with the same label are in the same fold, so that no model is evaluated on a copy of an
    image that it was trained on.
    """
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[8:16], "big") % folds


def held_out_of(images: LabelledImages, folds: int, case: Case = "keep") -> list[tuple[int, ...]]:
    """Return the indices of the images of every fold.

    Args:
        images: all images.
        folds: the number of folds.
        case: labels that differ in it only are one.

    Raises:
        DataError: a fold is empty.
    """
    labels = (comparable(label, case) for label in images.labels)
    fold_numbers = np.array([fold_of(label, folds) for label in labels], int)
    indices = [tuple(np.flatnonzero(fold_numbers == fold).tolist()) for fold in range(folds)]
    if not all(indices):
        raise DataError(
            f"{len(set(images.labels))} different labels are too few for {folds} folds.",
            code="SPLIT_EMPTY",
        )
    return indices


def cross_fit(
    images: LabelledImages,
    config: CaptchaConfig,
    settings: TrainingSettings,
    folds: int,
    *,
    synthetic: LabelledImages | None = None,
    select: Callable[[int], bool] = lambda fold: True,  # noqa: ARG005
    reporter: Reporter = Reporter(),  # noqa: B008 - it is immutable.
) -> Iterator[Fold]:
    """Train a model for every fold, one after another.

    Each training runs all its epochs and keeps the last weights, so that the held-out fold chooses
    nothing. The models are not calibrated, because there is no third split to calibrate them on.

    Args:
        images: all images.
        config: the model to build.
        settings: how to train; early stopping, the time limit and `restore_best` are turned off.
        folds: the number of folds, from 2.
        synthetic: images to add to every training.
        select: takes the number of a fold, and returns whether to train it.
        reporter: receives the progress of every training.

    Raises:
        DataError: a fold is empty.
        KeyboardInterrupt: a training was interrupted.
        TrainingError: see `captcha_model.training.loop.fit`.
    """
    settings = settings.without_validation()
    for fold, held_out in enumerate(held_out_of(images, folds, config.case)):
        if not select(fold):
            continue
        rest = images.select(np.setdiff1d(np.arange(len(images)), held_out))
        fitted = fit(
            config,
            rest.joined(synthetic) if synthetic else rest,
            images.select(held_out),
            settings,
            reporter=reporter,
        )
        if fitted.interrupted:
            raise KeyboardInterrupt
        yield Fold(fold, fitted.model, held_out)
