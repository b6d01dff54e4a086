"""A run on few images: cross-fitting, and everything that a run writes and reports."""

from dataclasses import replace
from pathlib import Path

from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.keras_backend import load_keras
from captcha_model._utils.utf8 import utf8
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.export.onnx import to_onnx
from captcha_model.model import CaptchaModel
from captcha_model.model_card import CROSS_VALIDATION
from captcha_model.training.facts import changed_settings, data_name, run_facts
from captcha_model.training.few_labels.folds import balanced_folds
from captcha_model.training.few_labels.processes import processes
from captcha_model.training.few_labels.pseudo_labels import SURE, PseudoLabels
from captcha_model.training.history import history_csv
from captcha_model.training.outputs import (
    report_evaluation,
    report_next_steps,
    write_exports,
    write_results,
)
from captcha_model.training.reporter import Reporter
from captcha_model.training.result import FitResult, TrainedModel
from captcha_model.training.resume.checkpoints import HISTORY_FILE
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_folder import PSEUDO_LABELS_FILE
from captcha_model.training.untrained import read_untrained

# Settings that need a validation split, or a training that writes while it runs.
_IGNORED = ("minutes", "patience", "restore_best", "tensorboard")


def train_few(
    run: Run,
    config: CaptchaConfig,
    images: LabelledImages,
    unlabelled: LabelledImages | None,
    folder: Path | None,
    reporter: Reporter,
) -> TrainedModel:
    """Train on all images, calibrate by cross-fitting, evaluate and save.

    Args:
        run: all settings.
        config: the model to build.
        images: all images, with the labels that the network is trained with.
        unlabelled: images without a label, which join where the models are sure of them.
        folder: the run folder; None writes nothing.
        reporter: receives the progress.

    Raises:
        CaptchaError: see `captcha_model.training.few_labels.cross_fit.cross_fitted`.
    """
    settings = replace(run.training, devices=1)
    if run.training.devices != 1:
        reporter.line("The models of a cross-fit are trained side by side, each on one device.")
    changed = changed_settings(run)
    ignored = [f"--{name.replace('_', '-')}" for name in _IGNORED if f"training.{name}" in changed]
    if ignored:
        reporter.line(
            f"No effect: {', '.join(ignored)}. All images are trained on, for a fixed number of "
            "epochs; to hold some back for validation, give --validation-fraction."
        )
    # Refuses too few labels before anything is started.
    trainings = 1 + len(balanced_folds(images.labels, case=config.case))
    reporter.line(
        f"{run.recipe}: {len(images)} images, all of them for training, characters "
        f"{config.characters}"
    )
    reporter.line(
        f"training {trainings} models, one of all images and {trainings - 1} that each read images "
        "which they have not seen"
    )
    # The processes load Keras while this one does.
    with processes(trainings) as workers:
        # First and quietly: the imports below would let TensorFlow log many lines.
        load_keras()
        from captcha_model.training.few_labels.cross_fit import cross_fitted
        from captcha_model.training.resume.state import TrainingState

        def convert(model: CaptchaModel) -> None:
            if folder:  # What takes longest in saving, while the other processes train.
                to_onnx(model.config, model.network)

        found = cross_fitted(
            images, config, settings, reporter, workers, unlabelled, when_trained=convert
        )
    if unlabelled is not None and found.believed is not None:
        _report_believed(found.believed, len(unlabelled), folder, reporter)
    model = found.model
    state = TrainingState(run.training.monitor, list(found.history))
    fitted = FitResult(model, state, images.label_lengths)
    model.facts = replace(
        run_facts(run, images, None, fitted, found.evaluation),
        calibration=found.calibration.facts(data_name(run), CROSS_VALIDATION),
    )
    trained = TrainedModel(
        model=model,
        evaluation=found.evaluation,
        calibration=found.calibration,
        history=found.history,
        best_epoch=found.history[-1],
        folder=folder,
        untrained=read_untrained(run, images),
    )
    if folder:
        write_results(trained, images, found.readings, folder, title="read by other models")
        if run.training.csv_log:
            write_atomically(folder / HISTORY_FILE, history_csv(found.history).encode())
    reporter.line(
        f"\nEach image was read by one of {found.folds} models that were trained likewise without "
        "it. The model itself has seen all images and reads new ones rather better:"
    )
    report_evaluation(trained, run, reporter)
    if folder:
        write_exports(trained, run, folder, reporter)
    report_next_steps(trained, reporter)
    return trained


def _report_believed(
    believed: PseudoLabels, count: int, folder: Path | None, reporter: Reporter
) -> None:
    """Report which readings of images without a label the model was trained with."""
    kept = len(believed.confidences)
    where = ""
    if folder:
        write_atomically(folder / PSEUDO_LABELS_FILE, utf8(believed.to_csv()))
        where = f"; {folder / PSEUDO_LABELS_FILE} lists them, the least sure first"
    reporter.line(
        f"of {count} images without a label, {kept} were read with a confidence of at least "
        f"{SURE:.0%} and joined the training{where}. Only labels of people count below"
    )
