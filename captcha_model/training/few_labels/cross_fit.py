"""A model of all images, with what a validation split would tell about it from cross-fitting.

One model is trained on all images. As many others as there are folds are trained likewise on all
images but those of a fold, which they then read: no image is read by a model that was trained on
it. These readings calibrate the model of all images and estimate its accuracy. It was trained on
more images than each of them, so it is rather better.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.decoding.own_steps import join_steps
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.inference.decoder import Decoder
from captcha_model.inference.pipeline import frames_of
from captcha_model.model import CaptchaModel
from captcha_model.networks import describe
from captcha_model.prediction import Prediction
from captcha_model.training.calibrate import CalibrationResult, fit_calibration, fit_novelty
from captcha_model.training.calibration_data import CalibrationData, CloserLooks
from captcha_model.training.few_labels.expected_lengths import expectation, expected_lengths
from captcha_model.training.few_labels.folds import balanced_folds, without
from captcha_model.training.few_labels.processes import Process, do_all
from captcha_model.training.few_labels.pseudo_labels import PseudoLabels
from captcha_model.training.few_labels.task import Done, Task
from captcha_model.training.history import EpochRecord
from captcha_model.training.progress import epoch_bar
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.settings import TrainingSettings


@dataclass(frozen=True)
class CrossFitted:
    """A calibrated model, and how models of the same training read images that they had not seen.

    Attributes:
        model: trained on all images.
        calibration: fitted to the readings of the folds.
        readings: of every image, by the model of the other folds.
        evaluation: of these readings.
        history: of the training on all images.
        folds: the number of other models.
        believed: the pseudo-labels that it was trained with; None if there were none.
    """

    model: CaptchaModel
    calibration: CalibrationResult
    readings: list[Prediction]
    evaluation: EvaluationReport
    history: tuple[EpochRecord, ...]
    folds: int
    believed: PseudoLabels | None


def cross_fitted(
    images: LabelledImages,
    config: CaptchaConfig,
    settings: TrainingSettings,
    reporter: Reporter,
    workers: Sequence[Process],
    unlabelled: LabelledImages | None = None,
    *,
    when_trained: Callable[[CaptchaModel], object] = lambda _: None,
) -> CrossFitted:
    """Train a model on all images and one for every fold, and calibrate the first by the others.

    Args:
        images: with the labels that the network is trained with.
        config: the model to build.
        settings: how to train every model; early stopping and the time limit are turned off.
        reporter: shows one bar over the epochs of all of them on a terminal.
        workers: do the trainings.
        unlabelled: images without a label; every model chooses its own pseudo-labels for them, so
            that no reading of a held-out image rests on its label.
        when_trained: called with the model of all images, which is not calibrated yet, if it is
            trained before the others.

    Raises:
        DataError: there are fewer than two different labels.
        TrainingError: a training failed.
    """
    settings = settings.without_validation()
    folds = balanced_folds(images.labels, case=config.case)
    tasks = [Task(config, settings, images, unlabelled=unlabelled)]
    for held_out in folds:
        rest = images.select(without(len(images), held_out))
        tasks.append(Task(config, settings, rest, images.select(held_out), unlabelled=unlabelled))
    start = time.perf_counter()
    results: dict[int, Done] = {}
    model: CaptchaModel | None = None
    lengths = expected_lengths(images.labels)
    title = f"training {len(tasks)} models"
    with (
        closing(do_all(tasks, results, workers)) as epochs,
        epoch_bar(sum(task.epochs for task in tasks), title, shown=reporter.epoch_bar) as bar,
    ):
        said = 0
        for _ in epochs:
            bar.update()
            if model is None and 0 in results:
                model = _with_weights(replace(config, lengths=lengths), results[0])
                when_trained(model)
            if bar.disable and len(results) > said:
                said = len(results)
                seconds = time.perf_counter() - start
                reporter.line(f"trained {said} of {len(tasks)} models in {seconds:.0f} s")
    done = [results[number] for number in range(len(tasks))]
    reporter.line(f"trained {len(tasks)} models in {time.perf_counter() - start:.0f} s")
    data = _joined(done[1:], folds, len(images))
    calibration = fit_calibration(config, data, fit_novelty(images))
    if lengths:
        reporter.line(expectation(lengths))
    if model is None:
        model = _with_weights(replace(config, lengths=lengths), done[0])
    model.config = replace(model.config, calibration=calibration.calibration)
    # The first rows of the data are the images themselves.
    decoder = Decoder(
        model.config,
        describe(config),
        look=lambda pixels, rows, number: data.look(rows, number),  # noqa: ARG005
    )
    readings = decoder.decode(
        images.pixels, data.logits[: len(images)], frames_of(images.pixels), images.closer
    )
    report = EvaluationReport.from_readings(images.names, images.labels, readings, config.case)
    return CrossFitted(
        model, calibration, readings, report, done[0].history, len(folds), done[0].believed
    )


def _with_weights(config: CaptchaConfig, done: Done) -> CaptchaModel:
    model = CaptchaModel(config)
    model.network.set_weights(done.weights)
    return model


def _joined(done: Sequence[Done], folds: Sequence[tuple[int, ...]], count: int) -> CalibrationData:
    """Return the data of all folds in the order of the images: those themselves, then each copy."""
    parts = [each.data for each in done]
    kinds = list(dict.fromkeys(kind for part in parts if part for kind in part.kinds))
    labels = [""] * count * len(kinds)
    chunks = []
    others = []
    closer: list[tuple[list[int], npt.NDArray[np.float32]]] = []
    for part, held_out in zip(parts, folds, strict=True):
        assert part is not None
        rows = [
            kinds.index(kind) * count + held_out[image]
            for kind, image in zip(part.kinds, part.images, strict=True)
        ]
        chunks.append((rows, part.logits))
        others.append([(rows, logits) for logits in part.views])
        for row, label in zip(rows, part.labels, strict=True):
            labels[row] = label
        if part.closer:
            closer.append(([rows[n] for n in part.closer.rows], part.closer.logits))
    return CalibrationData(
        join_steps(len(labels), chunks),
        tuple(labels),
        tuple(kind for kind in kinds for _ in range(count)),
        tuple(range(count)) * len(kinds),
        tuple(join_steps(len(labels), view) for view in zip(*others, strict=True)),
        _joined_looks(closer),
    )


def _joined_looks(parts: Sequence[tuple[list[int], npt.NDArray[np.float32]]]) -> CloserLooks | None:
    """Return the closer looks of all folds, by the rows of the joined data in ascending order."""
    rows = [row for part, _ in parts for row in part]
    if not rows:
        return None
    place = {row: n for n, row in enumerate(sorted(rows))}
    chunks = [([place[row] for row in part], logits) for part, logits in parts]
    return CloserLooks(tuple(place), join_steps(len(rows), chunks))
