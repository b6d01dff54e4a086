"""`captcha-model evaluate`: how well a model reads labelled images."""

import argparse
import json
from pathlib import Path

from captcha_model.cli.common import (
    add_data_options,
    add_model_option,
    load_with_notes,
    new_parser,
    note,
)
from captcha_model.data.loading import find_vocabulary
from captcha_model.data.samples import Sample
from captcha_model.data.selection import select_named
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import PARTS, part_of
from captcha_model.errors import DataError


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "evaluate",
        "Compare what a model reads with labels.",
        "captcha-model evaluate --data captcha_images_v2 --split validation",
    )
    add_data_options(parser)
    add_model_option(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--split", choices=[*PARTS, "all"], help="which part of the data (default: validation)"
    )
    which.add_argument(
        "--files",
        type=Path,
        metavar="TABLE.csv",
        help="only the images that its column file_name names, such as a training's val.csv",
    )
    parser.add_argument("--each", action="store_true", help="also print every image's reading")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a text")
    parser.add_argument(
        "--confusion-matrix", type=Path, metavar="FILE.png", help="draw what was read for what"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate and print the report."""
    samples = _choose(options)
    from captcha_model.evaluation import evaluate
    from captcha_model.model import CaptchaModel

    model = CaptchaModel.from_pretrained(options.model)
    unknown = sorted({c for s in samples for c in model.vocabulary.unknown(s.label)})
    if unknown:
        note(f"The model does not know the characters {unknown}, so it cannot read these labels.")
    images = load_with_notes(samples, model.config, strict=options.strict)
    report = evaluate(images.names, images.labels, model.predict_pixels(images.pixels))
    if options.json:
        print(json.dumps(report.to_dict(each=options.each), indent=2, ensure_ascii=False))
    else:
        print(report.to_text(each=options.each))
    if options.confusion_matrix:
        from captcha_model.pictures import confusion_matrix

        confusion_matrix(options.confusion_matrix, report)
        note(f"drew {options.confusion_matrix}")
    return 0


def _choose(options: argparse.Namespace) -> list[Sample]:
    found = find_samples(options.data, label_suffix=options.label_suffix)
    find_vocabulary(found)
    if options.files:
        return select_named(found, options.files)
    part = options.split or "validation"
    samples = [s for s in found if part in ("all", part_of(s.label))]
    if not samples:
        raise DataError(
            f"The {part} part of {options.data} is empty: "
            f"none of its {len(found)} labels falls into it.",
            code="PART_EMPTY",
        )
    return samples
