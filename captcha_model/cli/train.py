"""`captcha-model train`: train a model on labelled images."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model.cli.common import (
    add_data_options,
    load_with_notes,
    natural,
    new_parser,
    note,
    positive,
    with_bar,
)
from captcha_model.config import CaptchaConfig
from captcha_model.data.loading import check_lengths, check_parts, find_vocabulary
from captcha_model.data.samples import LabelledImages
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import indices_of
from captcha_model.errors import TrainingError
from captcha_model.evaluation import evaluate
from captcha_model.files import write_atomically
from captcha_model.pictures import check_drawing, image_grid, learning_curves
from captcha_model.training.settings import TrainingSettings

if TYPE_CHECKING:
    from captcha_model.training.fit import TrainingResult

GRID = 40  # How many predictions the picture shows.


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    defaults = TrainingSettings()
    parser = new_parser(
        commands,
        "train",
        "Train a model on labelled images.",
        "captcha-model train --data my-images/ --out runs/mine",
    )
    add_data_options(parser)
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="takes model/, history.csv, the pictures and the checkpoint",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with an interrupted run of the same settings in --out",
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        default=defaults.epochs,
        help="passes over the training images (default: %(default)s)",
    )
    parser.add_argument(
        "--batch-size",
        type=positive,
        default=defaults.batch_size,
        help="images a step (default: %(default)s)",
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        default=defaults.learning_rate,
        help="the peak of the one-cycle schedule (default: %(default)s)",
    )
    parser.add_argument(
        "--patience",
        type=positive,
        default=defaults.patience,
        help="stop after so many epochs without progress (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=natural,
        default=defaults.seed,
        help="of everything random (default: %(default)s)",
    )
    parser.add_argument("--no-augment", action="store_true", help="show images as they are")
    parser.add_argument(
        "--synthetic",
        type=natural,
        default=0,
        metavar="N",
        help="add N drawn captchas over the same characters (default: 0)",
    )
    parser.add_argument(
        "--characters",
        metavar="STRING",
        help="the vocabulary (default: the characters of the labels)",
    )
    parser.add_argument(
        "--image-size",
        type=_size,
        default=(50, 200),
        metavar="HxW",
        help="the network's input in pixels (default: 50x200)",
    )
    parser.add_argument(
        "--option",
        action="append",
        type=_option,
        default=[],
        metavar="NAME=VALUE",
        help="of the network: filters, dense, lstm or dropout; may be repeated",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, save and report; 130 if it was interrupted."""
    settings = TrainingSettings(
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        patience=options.patience,
        seed=options.seed,
        augment=not options.no_augment,
    )
    folder: Path = options.out
    if not options.resume and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainingError(
            f"{folder} exists and is not empty. Go on with it by --resume, or choose another."
        )
    samples = find_samples(options.data, label_suffix=options.label_suffix)
    vocabulary = find_vocabulary(samples, options.characters)
    height, width = options.image_size
    config = CaptchaConfig(
        vocabulary.characters, height=height, width=width, options=dict(options.option)
    )
    networks.describe(config)
    check_lengths(samples, config)
    images = load_with_notes(samples, config, strict=options.strict)
    training = images.select(indices_of(images.labels, "train"))
    validation = images.select(indices_of(images.labels, "validation"))
    check_parts(training, validation)
    check_drawing()  # Better now than after a long training.
    if options.synthetic:
        from captcha_model.data.drawn import draw_like

        count = options.synthetic
        drawn = draw_like(
            [sample.label for sample in samples],
            count,
            config,
            settings.seed,
            progress=lambda numbers: with_bar(numbers, count, "drawing"),
        )
        training = training.joined(drawn)
    note(
        f"{len(training)} training images ({options.synthetic} of them drawn), "
        f"{len(validation)} for validation, characters {vocabulary.characters}"
    )

    from captcha_model.backend import device_name
    from captcha_model.training.fit import train

    note(f"training on {device_name()}")
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "settings.json", _settings_json(options, config, settings))
    result = train(
        config, training, validation, settings, folder=folder, resume=options.resume, say=note
    )
    _report(result, validation, folder)
    if result.interrupted:
        note(f"Interrupted. The best model so far is saved; go on with --resume --out {folder}")
        return 130
    return 0


def _report(result: "TrainingResult", validation: LabelledImages, folder: Path) -> None:
    """Save the model and what a person wants to see of its training."""
    model = result.model
    model.save_pretrained(folder / "model")
    readings = model.predict_pixels(validation.pixels)
    report = evaluate(validation.names, validation.labels, readings)
    write_atomically(folder / "validation.json", json.dumps(report.to_dict(), indent=2).encode())
    learning_curves(folder / "learning-curves.png", result.state.history)
    wrong = [a != r.text for a, r in zip(validation.labels, readings, strict=True)]
    # The wrong ones first: they are what one looks for.
    shown = sorted(range(len(wrong)), key=lambda i: not wrong[i])[:GRID]
    image_grid(
        folder / "predictions.png",
        validation.pixels[shown],
        [
            f"{validation.labels[i]} → {readings[i].text or 'nothing'}"
            if wrong[i]
            else f"{readings[i].text} {readings[i].confidence:.0%}"
            for i in shown
        ],
        marked=[wrong[i] for i in shown],
        title=f"validation part: {report.correct} of {report.images} read right",
    )
    best = result.state.best
    if best:
        note(f"\nbest epoch {best.epoch}, reached after {best.seconds:.0f} s; its validation part:")
    print(report.to_text())
    note(
        f"\nsaved {folder / 'model'}. Read with it: "
        f"captcha-model predict IMAGE --model {folder / 'model'}"
    )


def _settings_json(
    options: argparse.Namespace, config: CaptchaConfig, settings: TrainingSettings
) -> bytes:
    facts = {
        "data": str(options.data),
        "synthetic": options.synthetic,
        "model": config.to_dict(),
        "training": settings.to_dict(),
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode()


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not HEIGHTxWIDTH, such as 50x200")
    return int(height), int(width)


def _option(text: str) -> tuple[str, int | float]:
    name, _, value = text.partition("=")
    try:
        return name, int(value) if value.isdecimal() else float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER") from error
