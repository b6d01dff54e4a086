"""`captcha-model calibrate`: make a saved model's confidences probabilities."""

import argparse
import dataclasses
from pathlib import Path

from captcha_model.cli.card import write_settings
from captcha_model.cli.common import (
    add_data_options,
    add_split_options,
    load_selected,
    new_parser,
    note,
    selection_name,
)
from captcha_model.data.sources import source_name
from captcha_model.storage.manifest import read_manifest


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "calibrate",
        "Fit a saved model's confidences to labelled images that it was not trained on.",
        "captcha-model calibrate --data my-images/ --model runs/mine/model",
    )
    add_data_options(parser)
    parser.add_argument(
        "--model",
        required=True,
        type=Path,
        metavar="FOLDER",
        help="a saved model, which is changed",
    )
    add_split_options(parser)
    parser.add_argument(
        "--keep-novelty",
        action="store_true",
        help="leave as it is what images the model takes for its own kind",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Calibrate, and write the settings and the card anew; the network's files stay as they are."""
    read_manifest(options.model)  # First, for what is no folder may be on the Hub.
    from captcha_model.model import CaptchaModel
    from captcha_model.training.calibrate import fit_calibration, fit_novelty, gather, sample

    model = CaptchaModel.from_pretrained(options.model)
    images = load_selected(options, model.config)
    old = model.config.calibration
    if options.keep_novelty:
        familiarity = old.novelty if old else None
    else:
        familiarity = fit_novelty(images)
    trust = fit_calibration(model.config, gather(model, sample(images)), familiarity)
    known = trust.facts(source_name(options.data), selection_name(options))
    facts = dataclasses.replace(model.facts, calibration=known)
    config = dataclasses.replace(model.config, calibration=trust.calibration)
    write_settings(options.model, config, facts)
    print(trust.to_text())
    note(f"saved {options.model}")
    return 0
