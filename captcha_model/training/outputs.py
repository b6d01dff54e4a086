"""What a run writes for people beside its checkpoints: plots, report, model, exports."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.keras_backend import load_keras
from captcha_model._utils.utf8 import utf8
from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages, TrainingImages
from captcha_model.export.formats import FORMATS, check_export, export_model
from captcha_model.plots import check_matplotlib, image_grid, learning_curves, prediction_grid
from captcha_model.prediction import Prediction
from captcha_model.training.next_steps import next_steps
from captcha_model.training.reporter import Reporter
from captcha_model.training.result import TrainedModel
from captcha_model.training.run_config.run import Run
from captcha_model.training.run_folder import (
    CURVES_PLOT,
    MODEL_FOLDER,
    PREDICTIONS_PLOT,
    REPORT_FILE,
    SAMPLES_PLOT,
)
from captcha_model.training.tensorboard import check_tensorboard
from captcha_model.training.untrained import compared

GRID = 40  # Images in a plot.
CARD_IMAGES = 6
_SHOWN_WRONG = 20  # Wrong readings; the report file has all.


def check_outputs(run: Run, config: CaptchaConfig) -> None:
    """Check before a long training that it has its devices, and can write everything after it.

    Raises:
        TrainingError: there are too few devices.
        DependencyError: a package for plots, exports or TensorBoard is not installed.
        ExportError: the network cannot be exported in a format of the run.
    """
    check_matplotlib()
    if run.training.devices != 1:
        load_keras()
        from captcha_model.training.devices import find_devices

        find_devices(run.training.devices)
    for name in ("onnx", *run.training.export):  # The model folder holds an ONNX graph too.
        check_export(name, config)
    if run.training.tensorboard:
        check_tensorboard()


def write_samples_plot(folder: Path, training: TrainingImages) -> None:
    """Plot some training images with their labels."""
    shown = training.select(range(min(GRID, len(training))))
    image_grid(folder / SAMPLES_PLOT, shown.pixels, shown.labels, title="training images")


def write_results(
    trained: TrainedModel,
    images: LabelledImages,
    readings: list[Prediction],
    folder: Path,
    *,
    title: str = "validation split",
) -> None:
    """Save the model, the report of the validation split, and the plots.

    Args:
        trained: what to save.
        images: the validation split, or all images after cross-fitting.
        readings: what was read in them.
        folder: the run folder.
        title: of the plot of the readings.
    """
    if trained.model.facts.shows_images:
        shown = images.select(range(min(CARD_IMAGES, len(images)))).pixels
        trained.model.card_images = [Image.fromarray(_for_pillow(each)) for each in shown]
    trained.model.save_pretrained(folder / MODEL_FOLDER)
    report = json.dumps(trained.evaluation.to_dict(), indent=2)
    write_atomically(folder / REPORT_FILE, utf8(report))
    prediction_grid(folder / PREDICTIONS_PLOT, images, readings, title=title)
    learning_curves(folder / CURVES_PLOT, trained.history, best=_chosen_epoch(trained))


def _for_pillow(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return an image (H, W, C) as Pillow takes it: (H, W) if it is grey."""
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def report_results(trained: TrainedModel, run: Run, reporter: Reporter) -> None:
    """Report the epoch of the weights, the metrics of the validation split, and the calibration."""
    if _chosen_epoch(trained) is None:
        name, epoch = "last", trained.history[-1]
    else:
        name, epoch = "best", trained.best_epoch
    after = f"reached after {epoch.seconds:.0f} s"
    views = trained.model.config.views
    again = f", with up to {views} views of an image" if views > 1 else ""
    reporter.line(f"\n{name} epoch {epoch.epoch}, {after}; on the validation split{again}:")
    report_evaluation(trained, run, reporter)


def _chosen_epoch(trained: TrainedModel) -> int | None:
    """Return the epoch that the validation split chose; None if the weights are the last ones."""
    facts = trained.model.facts.training
    return facts.best_epoch if facts else None


def report_next_steps(trained: TrainedModel, reporter: Reporter) -> None:
    """Report what to do next."""
    steps = "\n".join(f"- {step}" for step in next_steps(trained))
    reporter.line(f"\nWhat to do next\n{steps}")


def report_evaluation(trained: TrainedModel, run: Run, reporter: Reporter) -> None:
    """Report the metrics, what was read before the training, and the calibration."""
    where = f"in {trained.folder / REPORT_FILE}" if trained.folder else ""
    reporter.result(trained.evaluation.to_text(max_wrong=_SHOWN_WRONG, where=where))
    if trained.untrained is not None:
        reporter.line(f"\n{compared(trained.evaluation, trained.untrained, run)}")
    reporter.line(f"\n{trained.calibration.to_text()}")


def write_exports(trained: TrainedModel, run: Run, folder: Path, reporter: Reporter) -> None:
    """Export the model in the formats of the run, and report where everything is."""
    for name in run.training.export:
        path = export_model(trained.model, name, folder / FORMATS[name].name)
        reporter.line(f"exported {path}")
    model = folder / MODEL_FOLDER
    reporter.line(f"\nsaved {model}. Read with it: captcha-model predict IMAGE --model {model}")
