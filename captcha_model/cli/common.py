"""What several commands share."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from captcha_model.config import CaptchaConfig
from captcha_model.data.duplicates import check_leaks, near_duplicates
from captcha_model.data.loading import load_images
from captcha_model.data.messages import describe_near_duplicates, describe_skipped
from captcha_model.data.samples import ImageSet, LabelledImages, Sample, Unreadable
from captcha_model.data.splits import Part

Item = TypeVar("Item")

_MANY = 100  # From so many items on, a bar is shown.


def new_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    example: str,
) -> argparse.ArgumentParser:
    """Add a command with its purpose and an example."""
    return commands.add_parser(
        name,
        help=purpose,
        description=purpose,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add what says where labelled images come from."""
    parser.add_argument(
        "--data",
        required=True,
        metavar="SOURCE",
        help="a folder or .zip of LABEL.png files or with a metadata.csv or .jsonl, a .csv or .tsv "
        "with the columns file_name and text, captcha_images_v2, or mjsynth:FOLDER",
    )
    parser.add_argument(
        "--label-suffix",
        action="store_true",
        help="a file name's label ends at its first underscore: 2b827_1.png, 2b827_2.png",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="fail on any unreadable image (else up to 1 %% is skipped)",
    )


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Add what says which model to use."""
    parser.add_argument(
        "--model",
        metavar="FOLDER|REPO_ID",
        help="a saved model, or a Hub repository user/name or user/name@revision (default: the "
        "bundled model)",
    )


def positive(text: str) -> int:
    """Parse a whole number from 1."""
    return at_least(text, 1)


def natural(text: str) -> int:
    """Parse a whole number from 0."""
    return at_least(text, 0)


def at_least(text: str, low: int) -> int:
    """Parse a whole number from `low`; what argparse shows on failure names the bound."""
    value = int(text) if text.lstrip("+-").isdecimal() else None
    if value is None or value < low:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low}")
    return value


def note(text: str) -> None:
    """Tell the person at the terminal something, beside the command's real output."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=sys.stderr):
        print(text, file=sys.stderr, flush=True)


def list_files(files: Mapping[str, Path | bytes]) -> None:
    """Print what a push would take: sizes in bytes, paths, and the sum of both."""
    sizes = {
        path: len(file) if isinstance(file, bytes) else file.stat().st_size
        for path, file in files.items()
    }
    for path, size in sizes.items():
        print(f"{size:>12,}  {path}")
    print(f"{sum(sizes.values()):>12,}  bytes in {len(sizes)} files, of which none was pushed")


def with_bar(items: Iterable[Item], total: int, title: str) -> Iterable[Item]:
    """Show a progress bar over many items, on a terminal only."""
    from tqdm import tqdm

    shown = total >= _MANY and sys.stderr.isatty()
    return tqdm(items, total=total, desc=title, disable=not shown, unit="image", leave=False)


def load_with_notes(
    samples: Sequence[Sample], config: CaptchaConfig, *, strict: bool
) -> LabelledImages:
    """Decode samples, with a bar, and name the ones that were skipped."""
    images, unreadable = load_images(
        samples,
        config,
        strict=strict,
        progress=lambda found: with_bar(found, len(samples), "reading images"),
    )
    name_skipped(unreadable)
    return images


def look_for_copies(training: ImageSet, judged: ImageSet, part: Part = "validation") -> None:
    """Refuse images that stand in both parts, and warn of ones that look so; not of streamed sets.

    Args:
        training: the images to learn from.
        judged: those of another part.
        part: its name.

    Raises:
        DataError: some stand in both.
    """
    if not (isinstance(training, LabelledImages) and isinstance(judged, LabelledImages)):
        return
    check_leaks(training, judged, part)
    if pairs := near_duplicates(training, judged):
        note(describe_near_duplicates(pairs, part))


def name_skipped(unreadable: Sequence[Unreadable]) -> None:
    """Say which images could not be read, and how many."""
    for line in describe_skipped(unreadable):
        note(line)
