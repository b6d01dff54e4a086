"""`captcha-model evaluate`: compare a model's readings with labels."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model._utils.utf8 import print_json
from captcha_model.cli.card import write_card
from captcha_model.cli.common import (
    add_data_options,
    add_split_options,
    chosen_split,
    load_selected,
    new_parser,
    note,
    selection_name,
    what_it_saw,
)
from captcha_model.cli.reading_options import add_reading_options, given_options
from captcha_model.cli.runtime_options import add_runtime_options, open_model
from captcha_model.cli.source_options import source_options
from captcha_model.data.output_place import check_output
from captcha_model.data.sources import find_samples, source_name
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.letter_case import CASES, comparable
from captcha_model.errors import ConstraintError, ModelFolderError
from captcha_model.evaluation.evaluate import evaluate
from captcha_model.evaluation.report import EvaluationReport
from captcha_model.model_card import EvaluationFacts, evaluation_command, today
from captcha_model.vocabulary import Vocabulary

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel

# The reading options, beside the case, that change what is read of decoded images.
_CONSTRAINTS = ("charset", "length", "pattern")
_TEXT_OPTIONS = (*_CONSTRAINTS, "views")
# The images are decoded with the last one.
_OPTIONS = (*_TEXT_OPTIONS, "frames")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "evaluate",
        "Measure how well a model reads labelled images.",
        "captcha-model evaluate --data captcha_images_v2 --split validation",
    )
    add_data_options(parser)
    add_runtime_options(parser)
    add_split_options(parser)
    parser.add_argument(
        "--case",
        choices=CASES,
        help="what is done with the case of letters: ignore, lower and upper read with that option "
        "of predict and take letters that differ in case only for equal (default: the model's own, "
        "which is keep unless it was trained to ignore case)",
    )
    add_reading_options(parser, _OPTIONS)
    parser.add_argument(
        "--per-image", action="store_true", help="also print the reading of every image"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--confusion-matrix", type=Path, metavar="FILE.png", help="plot the confusion matrix"
    )
    parser.add_argument(
        "--reliability",
        type=Path,
        metavar="FILE.png",
        help="plot the reliability diagram and the risk-coverage curve",
    )
    parser.add_argument(
        "--update-card",
        action="store_true",
        help="add the metrics to the model card of the folder in --model",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate and print the report."""
    if options.update_card and not (options.model and Path(options.model).is_dir()):
        raise ModelFolderError("--update-card changes a model folder. Give one with --model.")
    told = given_options(options, _OPTIONS)
    if options.update_card and told:
        raise ConstraintError(
            "The figures of a card are of readings by the model's own defaults. Leave out "
            "--update-card, or " + ", ".join(f"--{name}" for name in told) + "."
        )
    for plot in filter(None, (options.confusion_matrix, options.reliability)):
        find = partial(find_samples, options.data, source_options(options))
        check_output(plot, options.data, find)
    model = open_model(options)
    images = load_selected(options, model.config)
    case = options.case or model.config.case
    known = set(comparable(model.config.characters, case))
    unknown = sorted(set(comparable("".join(images.labels), case)) - known)
    if unknown:
        note(f"The model does not know the characters {unknown}, so it cannot read their labels.")
    constraint = Constraint.parse(
        model.vocabulary, case=case, **{name: told[name] for name in _CONSTRAINTS if name in told}
    )
    excluded = _excluded(model.vocabulary, images.labels, constraint) if constraint else []
    if excluded:
        note(
            f"{len(excluded)} of {len(images.labels)} labels, such as {excluded[0]!r}, are not "
            "among the texts that the options allow, so their images are read wrong."
        )
    rule = source_options(options).splits
    if seen := what_it_saw(model.facts, options.data, chosen_split(options), rule):
        note(
            f"The model was trained on {seen}, so this says little about new ones. The figures of "
            "its card are for images that a model had not seen."
        )
    report = evaluate(model, images, case=case, **given_options(options, _TEXT_OPTIONS))
    report = replace(report, options=told)
    if options.json:
        print_json(report.to_dict(per_image=options.per_image))
    else:
        print(report.to_text(per_image=options.per_image))
    _plot(options, report)
    if options.update_card:
        _update_card(options, model, report)
    return 0


def _excluded(vocabulary: Vocabulary, labels: Sequence[str], constraint: Constraint) -> list[str]:
    """Return the labels of known characters that a constraint leaves out."""
    return [
        label
        for label in labels
        if not (vocabulary.unknown(label) or constraint.allows(vocabulary.encode(label)))
    ]


def _plot(options: argparse.Namespace, report: EvaluationReport) -> None:
    if options.confusion_matrix:
        from captcha_model.plots import confusion_matrix

        confusion_matrix(options.confusion_matrix, report)
        note(f"wrote {options.confusion_matrix}")
    if options.reliability:
        from captcha_model.plots import reliability_diagram

        confidences = [reading.confidence for reading in report.readings]
        reliability_diagram(
            options.reliability, confidences, [reading.right for reading in report.readings]
        )
        note(f"wrote {options.reliability}")


def _update_card(
    options: argparse.Namespace, model: "CaptchaModel", report: EvaluationReport
) -> None:
    """Add the metrics to the model's facts, and render its card again."""
    data, selection = source_name(options.data), selection_name(options)
    option = "--only-listed" if options.only_listed else "--split"
    words = source_options(options).to_arguments()
    if options.case:
        words += ["--case", options.case]
    command = evaluation_command(data, option, selection, *words)
    facts = EvaluationFacts.from_report(
        report, date=today(), data=data, split=selection, command=command
    )
    write_card(Path(options.model), model.config, model.facts.with_evaluation(facts))
    note(f"updated the card in {options.model}")
