"""`captcha-model train`: train a model on labelled images."""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.cli.common import (
    load_with_notes,
    new_parser,
    note,
    note_skipped,
    with_bar,
)
from captcha_model.cli.train_options import add_train_options
from captcha_model.cli.train_run import RUN_FILE, check_folder, read_run
from captcha_model.config import CaptchaConfig
from captcha_model.data.duplicates import check_duplicates
from captcha_model.data.loading import check_splits
from captcha_model.data.samples import ImageSet, LabelledImages, Sample
from captcha_model.data.sources import find_samples, is_streamed, source_name
from captcha_model.data.streaming import StreamedImages
from captcha_model.errors import ConfigError
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.export import FORMATS, check_export, export_model
from captcha_model.plots import check_matplotlib, image_grid, learning_curves, prediction_grid
from captcha_model.training.calibrate import fit_calibration, fit_novelty, gather, sample
from captcha_model.training.facts import run_facts
from captcha_model.training.resume.lock import sole_use
from captcha_model.training.run_config.run import Run
from captcha_model.training.splits import find_config, split, write_split_tables
from captcha_model.training.tensorboard import check_tensorboard

if TYPE_CHECKING:
    from captcha_model.training.result import TrainingResult

GRID = 40  # How many images a picture shows.


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "train",
        "Train a model on labelled images.",
        "captcha-model train --data my-images/ --out runs/mine",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help=f"takes model/, {RUN_FILE}, history.csv, the pictures and the checkpoint",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the interrupted run in --out"
    )
    parser.add_argument(
        "--print-config", action="store_true", help="print the whole run as YAML, and do nothing"
    )
    add_train_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and report; 130 after Ctrl-C, 143 after SIGTERM."""
    told = read_run(options)
    if options.print_config:
        print(told.to_yaml(), end="")
        return 0
    with sole_use(options.out):
        return _run(told, options.out, resume=options.resume)


def _run(told: Run, folder: Path, *, resume: bool) -> int:
    known = check_folder(folder, resume=resume)
    if resume and not known:
        note("No epoch was finished, so the training begins with the first one.")
    samples = find_samples(told.data.source, label_suffix=told.data.label_suffix)
    config = find_config(samples, told.model)
    # Better now than after a long training.
    check_matplotlib()
    for name in ("onnx", *told.training.export):  # A model's folder holds an ONNX graph too.
        check_export(name, config)
    if told.training.tensorboard:
        check_tensorboard()
    training, validation = _parts(samples, config, told)
    if not known:  # Whether the settings are those of the run to resume shows only later.
        write_atomically(folder / RUN_FILE, told.to_yaml().encode())
    write_split_tables(folder, training, validation)
    shown = training.select(range(min(GRID, len(training))))
    image_grid(folder / "samples.png", shown.pixels, shown.labels, title="training images")
    if told.data.synthetic:
        training = _with_drawn(training, config, told)

    from captcha_model._utils.keras_backend import device_name, load_keras

    load_keras()  # First and quietly: the next import would let TensorFlow log at length.
    from captcha_model.errors import DivergedError
    from captcha_model.training.loop import train

    with (folder / "train.log").open("a", encoding="utf-8", buffering=1) as log:

        def say(text: str) -> None:
            note(text)
            log.write(text.strip("\n") + "\n")

        say(
            f"{told.recipe}: {len(training)} training images ({told.data.synthetic} of them drawn),"
            f" {len(validation)} for validation, characters {config.characters}"
        )
        passes = told.training.passes(len(training))
        often = f", each {passes} times over the images" if passes > 1 else ""
        say(f"training on {device_name()}: {told.training.epochs} epochs{often}")
        divergence: DivergedError | None = None
        try:
            result = train(
                config,
                training,
                validation,
                told.training,
                folder=folder,
                resume=known,
                say=say,
            )
        except DivergedError as error:
            result, divergence = error.result, error
        write_atomically(folder / RUN_FILE, told.to_yaml().encode())
        # A set in memory has named them when it was read.
        if isinstance(training, StreamedImages):
            note_skipped(training.skipped)
        _report(result, training, validation, told, folder, say)
    if divergence:
        raise divergence
    if result.signal:
        note(f"Interrupted. The best model so far is saved; go on with --resume --out {folder}")
        return 128 + result.signal
    return 0


def _parts(
    samples: Sequence[Sample], config: CaptchaConfig, told: Run
) -> tuple[ImageSet, ImageSet]:
    images: ImageSet
    if told.data.stream or is_streamed(samples):
        images = StreamedImages(
            samples, config, workers=told.training.workers, strict=told.data.strict
        )
    else:
        images = load_with_notes(samples, config, strict=told.data.strict)
    training, validation = split(images, told.data, told.training.seed)
    check_splits(training, validation)
    check_duplicates(training, validation, warn=note)
    return training, validation


def _with_drawn(training: ImageSet, config: CaptchaConfig, told: Run) -> ImageSet:
    if not isinstance(training, LabelledImages):
        raise ConfigError("Drawn captchas cannot be added to images that are streamed.")
    from captcha_model.data.synthetic.dataset import synthesize_like

    count = told.data.synthetic
    drawn = synthesize_like(
        training.labels,
        count,
        config,
        told.training.seed,
        progress=lambda numbers: with_bar(numbers, count, "drawing"),
    )
    return training.joined(drawn)


def _report(
    result: "TrainingResult",
    training: ImageSet,
    validation: ImageSet,
    told: Run,
    folder: Path,
    say: Callable[[str], None],
) -> None:
    """Save the model and what a person wants to see of its training."""
    model = result.model
    images = validation.select(range(len(validation)))
    trust = fit_calibration(model.config, gather(model, sample(images)), fit_novelty(training))
    model.config = replace(model.config, calibration=trust.calibration)
    readings = model.predict_pixels(images.pixels)
    report = EvaluationReport.from_readings(images.names, images.labels, readings)
    facts = run_facts(told, training, validation, result, report)
    calibrated = trust.facts(source_name(told.data.source), "validation")
    model.facts = replace(facts, calibration=calibrated)
    model.save_pretrained(folder / "model")
    write_atomically(folder / "validation.json", json.dumps(report.to_dict(), indent=2).encode())
    prediction_grid(folder / "predictions.png", images, readings, title="validation part")
    best = result.state.best
    learning_curves(
        folder / "learning-curves.png", result.state.history, best=best.epoch if best else None
    )
    if best:
        say(f"\nbest epoch {best.epoch}, reached after {best.seconds:.0f} s; its validation part:")
    print(report.to_text())
    say(f"\n{trust.to_text()}")
    for name in told.training.export:
        say(f"exported {export_model(model, name, folder / FORMATS[name].name)}")
    say(
        f"\nsaved {folder / 'model'}. Read with it: "
        f"captcha-model predict IMAGE --model {folder / 'model'}"
    )
