"""`captcha-model strength`: how much of a captcha is read without training on it."""

import argparse
from collections.abc import Iterable, Sequence

from captcha_model._utils.utf8 import print_json
from captcha_model.cli.common import SOURCE_HELP, new_parser, note, what_it_saw, with_bar
from captcha_model.cli.reading_options import add_reading_options
from captcha_model.cli.runtime_options import add_runtime_options, open_model
from captcha_model.cli.source_options import add_source_options, source_options
from captcha_model.data.samples import Sample
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import open_source, source_name
from captcha_model.errors import DataError
from captcha_model.evaluation.strength import measure_strength
from captcha_model.evaluation.unlabelled import why_unlabelled
from captcha_model.pretrained_models import GENERAL, REGISTRY

_FILE_NAMES = "the file names"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "strength",
        "Measure how much of a captcha a model reads that was not trained on it.",
        "captcha-model strength my-captchas/",
    )
    parser.add_argument(
        "source", metavar="FOLDER", help=f"labelled images of the captcha: {SOURCE_HELP}"
    )
    add_source_options(parser)
    add_runtime_options(parser, GENERAL)
    add_reading_options(parser, ("frames",))
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the images and print the figures and the verdict."""
    samples = _labelled(options.source, source_options(options))
    name = options.model
    if name is None:
        options.model = REGISTRY.get(GENERAL)
    model = open_model(options)
    name = name or model.name
    if seen := what_it_saw(model.facts, options.source, "all"):
        note(
            f"The model was trained on {seen}, so this does not say how strong the captcha is "
            "against a program that has never seen it. Measure with a model that has not."
        )
    report = measure_strength(model, samples, _bar, frames=options.frames)
    if report.unreadable:
        note(f"{report.unreadable} of {len(samples)} files cannot be read and do not count.")
    if report.animations:
        note(
            f"Only the first frame was read of {report.animations} animations, so this says "
            "little about them. If the text moves or appears bit by bit, --frames darkest or "
            "lightest joins all frames, and last or a number takes another one."
        )
    if options.json:
        print_json({"source": source_name(options.source), "model": name, **report.to_dict()})
    else:
        print(f"{source_name(options.source)}, {len(samples)} images, read by {name}\n")
        print(report.to_text())
    return 0


def _labelled(source: str, options: SourceOptions) -> Sequence[Sample]:
    """Return the images of a source.

    Raises:
        DataError: see `open_source`; or the labels are file names that are no labels.
    """
    found = open_source(source, options)
    if found.origin == _FILE_NAMES:
        reason = why_unlabelled([sample.label for sample in found.samples])
        if reason:
            raise DataError(
                f"The strength of {source!r} cannot be measured without the texts of its images: "
                f"the file names do not look like texts, because {reason}, such as "
                f"{found.samples[0].label!r}. Name every image by its text, as in 2b827.png, or "
                "add a metadata.csv with the columns file_name and text.",
                code="FILE_NAME_INVALID",
            )
    return found.samples


def _bar(samples: Sequence[Sample]) -> Iterable[Sample]:
    return with_bar(samples, len(samples), "reading images")
