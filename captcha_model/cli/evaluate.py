"""`captcha-model evaluate`: how well a model reads labelled images."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.cli.card import write_card
from captcha_model.cli.common import (
    add_data_options,
    load_with_notes,
    new_parser,
    note,
)
from captcha_model.cli.runtime_options import add_runtime_options, open_model
from captcha_model.data.loading import find_vocabulary
from captcha_model.data.samples import Sample
from captcha_model.data.selection import select_named
from captcha_model.data.sources import find_samples, source_name
from captcha_model.data.splits import PARTS, part_of
from captcha_model.errors import DataError, ModelFolderError
from captcha_model.evaluation.report import EvaluationReport, evaluate
from captcha_model.model_card import EvaluationFacts, evaluation_command, today

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "evaluate",
        "Compare what a model reads with labels.",
        "captcha-model evaluate --data captcha_images_v2 --split validation",
    )
    add_data_options(parser)
    add_runtime_options(parser)
    add_part_options(parser)
    parser.add_argument("--per-image", action="store_true", help="also print every image's reading")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a text")
    parser.add_argument(
        "--confusion-matrix", type=Path, metavar="FILE.png", help="draw what was read for what"
    )
    parser.add_argument(
        "--reliability",
        type=Path,
        metavar="FILE.png",
        help="draw how far the confidences can be trusted",
    )
    parser.add_argument(
        "--update-card",
        action="store_true",
        help="put the figures on the card of the folder in --model",
    )
    parser.set_defaults(run=run)


def add_part_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which of the images."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--split", choices=[*PARTS, "all"], help="which part of the data (default: validation)"
    )
    which.add_argument(
        "--only-listed",
        type=Path,
        metavar="TABLE.csv",
        help="only the images that its column file_name names, such as a training's val.csv",
    )


def run(options: argparse.Namespace) -> int:
    """Evaluate and print the report."""
    if options.update_card and not (options.model and Path(options.model).is_dir()):
        raise ModelFolderError("--update-card writes into a model's folder. Name one with --model.")
    samples = choose(options)
    model = open_model(options)
    unknown = sorted({c for s in samples for c in model.vocabulary.unknown(s.label)})
    if unknown:
        note(f"The model does not know the characters {unknown}, so it cannot read these labels.")
    images = load_with_notes(samples, model.config, strict=options.strict)
    report = evaluate(images.names, images.labels, model.predict_pixels(images.pixels))
    if options.json:
        print(json.dumps(report.to_dict(each=options.per_image), indent=2, ensure_ascii=False))
    else:
        print(report.to_text(each=options.per_image))
    if options.confusion_matrix:
        from captcha_model.plots import confusion_matrix

        confusion_matrix(options.confusion_matrix, report)
        note(f"drew {options.confusion_matrix}")
    if options.reliability:
        from captcha_model.plots import reliability_diagram

        confidences = [reading.confidence for reading in report.readings]
        reliability_diagram(
            options.reliability, confidences, [reading.right for reading in report.readings]
        )
        note(f"drew {options.reliability}")
    if options.update_card:
        _record(options, model, report)
    return 0


def _record(options: argparse.Namespace, model: "CaptchaModel", report: EvaluationReport) -> None:
    """Add the figures to the model's facts and render its card afresh."""
    data, part = source_name(options.data), options.split or "validation"
    chosen = ["--split", part]
    if options.only_listed:
        part = options.only_listed.name
        chosen = ["--only-listed", part]
    command = evaluation_command(data, *chosen, label_suffix=options.label_suffix)
    facts = EvaluationFacts.from_report(report, date=today(), data=data, part=part, command=command)
    write_card(Path(options.model), model.config, model.facts.with_evaluation(facts))
    note(f"recorded in {options.model}")


def choose(options: argparse.Namespace) -> list[Sample]:
    """Return the images that the options name.

    Raises:
        DataError: there are none.
    """
    found = find_samples(options.data, label_suffix=options.label_suffix)
    find_vocabulary(found)
    if options.only_listed:
        return select_named(found, options.only_listed)
    part = options.split or "validation"
    samples = [s for s in found if part in ("all", part_of(s.label))]
    if not samples:
        raise DataError(
            f"The {part} part of {options.data} is empty: "
            f"none of its {len(found)} labels falls into it.",
            code="PART_EMPTY",
        )
    return samples
