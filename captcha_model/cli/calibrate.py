"""`captcha-model calibrate`: fit the confidences of a saved model to labelled images."""

import argparse
import dataclasses
from pathlib import Path

from captcha_model.cli.card import write_settings
from captcha_model.cli.common import (
    FEW,
    add_data_options,
    add_split_options,
    chosen_split,
    load_selected,
    new_parser,
    note,
    selection_name,
    what_it_saw,
)
from captcha_model.cli.source_options import source_options
from captcha_model.data.sources import source_name
from captcha_model.errors import DataError
from captcha_model.model_card import CalibrationFacts
from captcha_model.storage.manifest import read_manifest

_LEAST = 5  # Images; each gives sixteen readings, which are no sixteen images.


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "calibrate",
        "Calibrate a saved model on labelled images that it was not trained on.",
        "captcha-model calibrate --data my-images/ --model runs/mine/model",
    )
    add_data_options(parser)
    parser.add_argument(
        "--model",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="a saved model; its settings and its card are replaced",
    )
    add_split_options(parser)
    parser.add_argument(
        "--keep-novelty",
        action="store_true",
        help="keep the detector of out-of-distribution images",
    )
    parser.add_argument(
        "--unknown-looks",
        action="store_true",
        help="the model was not trained on the look of these images: fit the confidences of its "
        "readings, most of which may be wrong, to all images as they are",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Calibrate, and replace the settings and the card; the files of the network do not change."""
    read_manifest(
        options.model
    )  # First: `from_pretrained` would look for a missing folder on the Hub.
    from captcha_model.model import CaptchaModel
    from captcha_model.training.calibrate import fit_calibration, fit_novelty
    from captcha_model.training.calibration_data import gather, sample
    from captcha_model.training.label_case import known_label

    model = CaptchaModel.from_pretrained(options.model)
    images = load_selected(options, model.config)
    _check_count(len(images.labels), model.facts.calibration)
    rule = source_options(options).splits
    if seen := what_it_saw(model.facts, options.data, chosen_split(options), rule):
        note(
            f"The model was trained on {seen}. It is surer of them than of new ones, so the "
            "confidences and the precision below are too high for those."
        )
    labels = (known_label(s, model.characters, model.config.case) for s in images.labels)
    if strange := sum(bool(model.vocabulary.unknown(label)) for label in labels):
        note(
            f"{strange} of {len(images.labels)} labels have characters that the model does "
            "not know. What it reads in their images counts as wrong."
        )
    old = model.config.calibration
    kept = old.novelty if old else None
    novelty = kept if options.keep_novelty else fit_novelty(images)
    unknown = options.unknown_looks
    chosen = images if unknown else sample(images)
    data = gather(model, chosen, copies=not unknown)
    result = fit_calibration(model.config, data, novelty, unknown_looks=unknown)
    calibrated = result.facts(source_name(options.data), selection_name(options))
    facts = dataclasses.replace(model.facts, calibration=calibrated)
    config = dataclasses.replace(model.config, calibration=result.calibration)
    write_settings(options.model, config, facts)
    print(result.to_text())
    note(f"saved {options.model}")
    return 0


def _check_count(images: int, before: CalibrationFacts | None) -> None:
    """Refuse next to no images, and warn of few.

    Raises:
        DataError: there are next to none.
    """
    if images < _LEAST:
        raise DataError(
            f"A calibration needs at least {_LEAST} images. There are {images}: give more, or "
            "choose more of them with --split all."
        )
    if images < FEW:
        replaced = f" They replace a calibration on {before.images} readings." if before else ""
        note(f"{images} images say little about the confidences of others.{replaced}")
