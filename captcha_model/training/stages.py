"""The two stages of a run after its images are ready: train the network, complete the model."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import ImageSet, LabelledImages, TrainingImages
from captcha_model.errors import DivergedError
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.training.calibrate import fit_calibration, fit_novelty
from captcha_model.training.calibration_data import gather, sample
from captcha_model.training.drawn_and_labelled import DrawnAndLabelled
from captcha_model.training.facts import data_name, run_facts
from captcha_model.training.outputs import (
    report_next_steps,
    report_results,
    write_exports,
    write_results,
)
from captcha_model.training.reporter import Reporter
from captcha_model.training.result import FitResult, TrainedModel
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_folder import LOG_FILE
from captcha_model.training.run_images import is_drawn
from captcha_model.training.untrained import read_untrained


def train_network(
    run: Run,
    config: CaptchaConfig,
    training: TrainingImages,
    validation: ImageSet,
    folder: Path | None,
    resume: bool,
    reporter: Reporter,
) -> tuple[FitResult, DivergedError | None]:
    """Train the network; a loss that diverged is returned with what was good before."""
    # First and quietly: the imports below would let TensorFlow log many lines.
    from captcha_model._utils.keras_backend import device_name, load_keras

    load_keras()
    from captcha_model.training.loop import fit, passes_over

    reporter.line(
        f"{run.recipe}: {_named(training, run)}, {len(validation)} for validation, "
        f"characters {config.characters}"
    )
    passes, count = passes_over(training, run.training), run.training.epochs
    epochs = "1 epoch" if count == 1 else f"{count} epochs"
    repeated = f", each passing {passes} times over the images" if passes > 1 else ""
    reporter.line(f"training on {device_name()}: {epochs}{repeated}")
    try:
        fitted = fit(
            config,
            training,
            validation,
            run.training,
            folder=folder,
            resume=resume,
            reporter=reporter,
        )
    except DivergedError as error:
        return error.fitted, error
    return fitted, None


def _named(training: TrainingImages, run: Run) -> str:
    """Return how many images a run trains on, and where they come from."""
    if not is_drawn(run):
        return f"{len(training)} training images ({run.data.synthetic} of them synthetic)"
    epoch = f"{len(training)} training images an epoch"
    if not isinstance(training, DrawnAndLabelled):
        return f"{epoch}, drawn anew"
    count = len(training.labelled)
    times = run.training.epochs * len(training) * training.share / count
    own = f"{training.share:.1%} from {count} labelled, each {times:.1f} times in all"
    return f"{epoch} ({own}; the others are drawn anew)"


def complete(
    run: Run,
    fitted: FitResult,
    training: TrainingImages,
    validation: ImageSet,
    folder: Path | None,
    reporter: Reporter,
) -> TrainedModel:
    """Calibrate and evaluate a trained network, and save everything."""
    model = fitted.model
    images = (
        validation
        if isinstance(validation, LabelledImages)
        else validation.select(range(len(validation)))
    )
    chosen = sample(images)
    part = f"{len(chosen)} of " if len(chosen) < len(images) else ""
    reporter.line(f"calibrating on {part}{len(images)} images and degraded copies of them")
    calibration = fit_calibration(model.config, gather(model, chosen), fit_novelty(training))
    model.config = dataclasses.replace(model.config, calibration=calibration.calibration)
    readings = model.predict_pixels(images.pixels, images.closer)
    report = EvaluationReport.from_readings(
        images.names, images.labels, readings, model.config.case
    )
    model.facts = dataclasses.replace(
        run_facts(run, training, validation, fitted, report),
        calibration=calibration.facts(data_name(run), "validation"),
    )
    best = fitted.state.best
    assert best is not None, "`fit` raises if no epoch was completed"
    trained = TrainedModel(
        model=model,
        evaluation=report,
        calibration=calibration,
        history=tuple(fitted.state.history),
        best_epoch=best,
        folder=folder,
        signal=fitted.signal,
        untrained=read_untrained(run, images),
    )
    if folder:
        write_results(trained, images, readings, folder)
    report_results(trained, run, reporter)
    if folder:
        write_exports(trained, run, folder, reporter)
    report_next_steps(trained, reporter)
    return trained


@contextmanager
def logging_to(folder: Path | None, reporter: Reporter) -> Iterator[Reporter]:
    """Give a reporter whose lines also go to the log file of a run."""
    if folder is None:
        yield reporter
        return
    with (folder / LOG_FILE).open("a", encoding="utf-8", buffering=1) as log:

        def write(text: str) -> None:
            log.write(text.strip("\n") + "\n")

        def line(text: str) -> None:
            reporter.line(text)
            write(text)

        yield dataclasses.replace(reporter, line=line, log=write)
