"""Options and output that several commands share."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from captcha_model.cli.source_options import add_source_options, source_options
from captcha_model.config import CaptchaConfig
from captcha_model.data.dataset import SPLIT_CHOICES, SplitChoice, load_dataset
from captcha_model.data.loading import load_images
from captcha_model.data.samples import LabelledImages, Sample, Unreadable, list_skipped
from captcha_model.data.source_options import SplitRule
from captcha_model.data.sources import find_samples, source_name
from captcha_model.pretrained_models import DEFAULT

if TYPE_CHECKING:
    from tqdm import tqdm

    from captcha_model.model_card import ModelFacts

Item = TypeVar("Item")

DEFAULT_SPLIT: SplitChoice = "validation"
SOURCE_HELP = (
    "a folder or .zip of LABEL.png files or with a metadata.csv, a table of labels (.csv, .tsv, "
    ".txt, .jsonl, .parquet), captcha_images_v2, hf://datasets/USER/NAME, or mjsynth:FOLDER"
)
_MIN_ITEMS_FOR_BAR = 100
FEW = 50
"""Fewer images say little about others."""


def new_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    example: str,
) -> argparse.ArgumentParser:
    """Add a command whose `--help` shows its purpose and an example."""
    return commands.add_parser(
        name,
        help=purpose,
        description=purpose,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a source of labelled images."""
    parser.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help=SOURCE_HELP,
    )
    add_source_options(parser)
    parser.add_argument(
        "--strict",
        action="store_true",
        help="fail on any unreadable image (default: skip up to 1 %%)",
    )


def add_split_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that select images of a source."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--split", choices=SPLIT_CHOICES, help=f"which images to use (default: {DEFAULT_SPLIT})"
    )
    which.add_argument(
        "--only-listed",
        type=Path,
        metavar="TABLE.csv",
        help="use only the images in its column file_name, such as the val.csv of a training run",
    )


def what_it_saw(
    facts: "ModelFacts", source: str, split: SplitChoice | None, rule: SplitRule = "hash"
) -> str:
    """Return which images of a source a model was trained on; "" if none is known to be.

    Args:
        facts: of the model.
        source: the name of the data set, or its path.
        split: which of its images are meant; None if a table lists them.
        rule: how these splits are made.
    """
    training, name = facts.training, source_name(source)
    if training is None:
        return ""
    # As `captcha_model.training.facts` writes it.
    written = json.dumps(name, ensure_ascii=False)
    if name != training.data and written != training.changed.get("data.labelled"):
        return ""
    if not training.validation_images:
        return f"all images of {name}"
    if split is None:
        return ""
    if split == "all":
        return f"the train split of {name}, which is among these images"
    how = "by the " + training.changed.get("data.splits", "hash").strip('"')
    if training.validation_fraction is not None:
        how = "at random"
    if how != f"by the {rule}":
        return (
            f"most of these images of {name}, which its training split {how} (for those that it "
            "was not trained on give --only-listed RUN/val.csv, with the folder of its run)"
        )
    return f"the train split of {name}, which is among these images" if split == "train" else ""


def add_model_option(parser: argparse.ArgumentParser, default: str = DEFAULT) -> None:
    """Add the option that names a model; `default` says what is used without it."""
    parser.add_argument(
        "--model",
        metavar="NAME|FOLDER|REPO_ID",
        help="a bundled model (see captcha-model models), the folder of a saved one, or a Hub "
        "repository user/name or user/name@revision; a folder with the name of a bundled model is "
        f"given as ./name (default: {default})",
    )


def positive(text: str) -> int:
    """Parse an integer >= 1."""
    return at_least(text, 1)


def natural(text: str) -> int:
    """Parse an integer >= 0."""
    return at_least(text, 0)


def at_least(text: str, low: int) -> int:
    """Parse an integer >= `low`; the error message for argparse names the bound."""
    value = int(text) if text.lstrip("+-").isdecimal() else None
    if value is None or value < low:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer >= {low}")
    return value


def note(text: str) -> None:
    """Print a message for people to stderr, without breaking a progress bar."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stderr):
        print(text, file=sys.stderr, flush=True)


def list_files(files: Mapping[str, Path | bytes]) -> None:
    """Print the files of a push as sizes in bytes and paths, and the total size."""
    sizes = {
        path: len(file) if isinstance(file, bytes) else file.stat().st_size
        for path, file in files.items()
    }
    for path, size in sizes.items():
        print(f"{size:>12,}  {path}")
    print(f"{sum(sizes.values()):>12,}  bytes in {len(sizes)} files; nothing was pushed")


def with_bar(items: Iterable[Item], total: int, title: str) -> Iterable[Item]:
    """Show a progress bar over many items, on a terminal only."""
    from tqdm import tqdm

    shown = total >= _MIN_ITEMS_FOR_BAR and sys.stderr.isatty()
    return tqdm(items, total=total, desc=title, disable=not shown, unit="image", leave=False)


def counting_bar(total: int, title: str) -> "tqdm[Any]":
    """Return a progress bar that is told how many items are done; see `with_bar`."""
    from tqdm import tqdm

    shown = total >= _MIN_ITEMS_FOR_BAR and sys.stderr.isatty()
    return tqdm(total=total, desc=title, disable=not shown, unit="image", leave=False)


def load_with_notes(
    samples: Sequence[Sample], config: CaptchaConfig, *, strict: bool
) -> LabelledImages:
    """Decode samples with a progress bar, and print which ones were skipped."""
    images = load_images(samples, config, strict=strict, progress=_reading_bar)
    note_skipped(images.skipped)
    return images


def load_selected(options: argparse.Namespace, config: CaptchaConfig) -> LabelledImages:
    """Load the images that the data options and the split options select.

    Takes the options of `add_data_options` and `add_split_options`, and `frames` if the command has
    it; raises what `load_dataset` does.
    """
    images = load_dataset(
        options.data,
        config,
        split=chosen_split(options) or "all",
        only_listed=options.only_listed,
        source_options=source_options(options),
        strict=options.strict,
        progress=_reading_bar,
        frames=getattr(options, "frames", None),
    )
    note_skipped(images.skipped)
    count = len(images.labels)
    if not (options.only_listed or options.split) and count < FEW:
        total = len(find_samples(options.data, source_options(options)))
        note(
            f"Only {count} of {total} images: the {DEFAULT_SPLIT} split. --split all takes all, if "
            "the model was not trained on any of them."
        )
    return images


def chosen_split(options: argparse.Namespace) -> SplitChoice | None:
    """Return the split that the split options select; None if they name a table."""
    return None if options.only_listed else options.split or DEFAULT_SPLIT


def selection_name(options: argparse.Namespace) -> str:
    """Return the name of what the split options select: a split or the name of a table."""
    return chosen_split(options) or str(options.only_listed.name)


def note_skipped(skipped: Sequence[Unreadable]) -> None:
    """Print which images could not be read."""
    for line in list_skipped(skipped):
        note(line)


def _reading_bar(samples: Sequence[Sample]) -> Iterable[Sample]:
    return with_bar(samples, len(samples), "reading images")
