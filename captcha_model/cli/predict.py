"""`captcha-model predict`: read images."""

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from captcha_model._utils.csv_table import write_csv
from captcha_model._utils.name_some import name_some, one_line
from captcha_model._utils.utf8 import print_json, utf8_stdout
from captcha_model.cli.common import new_parser, note, with_bar
from captcha_model.cli.predict_output import (
    add_output_options,
    check_output_options,
    note_counts,
    predict_to_file,
    predict_with_ray,
)
from captcha_model.cli.reading_options import add_reading_options, reading_options
from captcha_model.cli.runtime_options import add_runtime_options, open_model_or_chooser
from captcha_model.data.files import list_images
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images.base64_text import is_data_url
from captcha_model.images.decode import ImageSource
from captcha_model.inference.rows import ReadingRow
from captcha_model.prediction import Prediction

_STDIN = "-"
_MAX_NAME = 4096  # The limit of Linux; a longer one is rather an image in base64.
_ADDRESSES = ("http://", "https://")
_SHOWN_NAMES = 3  # Of images with the same warning.
_MAX_URL_NAME = 40  # Characters of a data URL that stand for it.


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands, "predict", "Read images.", "captcha-model predict captcha.png more/ --csv"
    )
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE|FOLDER|-",
        help="images, or folders of images; links that lead out of a folder are skipped; data "
        "URLs; - for an image from stdin",
    )
    add_runtime_options(parser, default="the bundled model that suits each image")
    add_reading_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON array with every detail")
    form.add_argument("--csv", action="store_true", help="print CSV")
    form.add_argument(
        "--excel",
        action="store_true",
        help="print CSV for spreadsheets: with a byte order mark, and with ' before cells that "
        "begin with = + - @ and would be formulas",
    )
    add_output_options(parser)
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Read the images; return 1 if any could not be read, whether readings are accepted or not."""
    check_output_options(options)
    if options.engine == "ray":
        return predict_with_ray(options)
    if options.out is not None:
        return predict_to_file(options, _find(options.images))
    images = list(_find(options.images))
    model = open_model_or_chooser(options)
    sources = [source for _, source in images]
    asked = reading_options(options)
    counts: Counter[str] = Counter()
    names = [name for name, _ in images]
    warned: dict[str, list[str]] = {}
    with _collected_warnings() as issued:
        readings = model.predict_stream(sources, **asked.keywords())
        rows = _counted(names, with_bar(readings, len(images), "reading"), counts, warned)
        if options.json:
            print_json([row.to_dict() for row in rows])
        elif options.csv or options.excel:
            cells = chain([ReadingRow.CSV_HEADER], (row.to_csv() for row in rows))
            value = ReadingRow.CSV_HEADER.index("value")  # It may be negative.
            write_csv(utf8_stdout(), cells, excel=options.excel, numbers=[value])
        else:
            _print_text(rows, with_value=asked.arithmetic, with_model=options.model is None)
    for message in issued:
        warned.pop(message, None)  # It has been printed.
    for warning, of in warned.items():
        note(f"captcha-model: warning: {name_some(map(one_line, of), _SHOWN_NAMES)}: {warning}")
    return note_counts(counts, len(images))


@contextmanager
def _collected_warnings() -> Iterator[set[str]]:
    """Collect the messages of the warnings that are shown meanwhile."""
    found: set[str] = set()
    show = warnings.showwarning

    def collect(message: Warning | str, *others: Any, **more: Any) -> None:
        found.add(str(message))
        show(message, *others, **more)

    warnings.showwarning = collect
    try:
        yield found
    finally:
        warnings.showwarning = show


def _find(names: list[str]) -> Iterator[tuple[str, ImageSource]]:
    """Yield the images with their names, and for each folder those directly in it, sorted."""
    if names.count(_STDIN) > 1:
        raise ImageError("- stands for stdin, which can be read only once.")
    for name in names:
        path = Path(name)
        if name == _STDIN:
            # There is none under pythonw.
            yield name, sys.stdin.buffer if sys.stdin else b""
        elif is_data_url(name):
            yield f"{name.partition(',')[0][:_MAX_URL_NAME]},...", name
        elif reason := _no_file(name):
            raise ImageError(reason, code="IMAGE_NOT_FOUND")
        elif _is_folder(path):
            yield from ((str(found), found) for found in _in_folder(path))
        else:
            yield str(path), path


def _no_file(name: str) -> str:
    """Return why a name cannot be that of a file, or nothing."""
    if not name:
        return "An empty name stands for no image."
    if name.startswith(_ADDRESSES):
        return f"{name!r:.200} is an address, and images are not downloaded. Give a file."
    if len(name) > _MAX_NAME:
        return (
            f"{name[:_MAX_URL_NAME]!r}... is too long for the name of a file. If it is an image in "
            'base64, put "data:image/png;base64," before it.'
        )
    return ""


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # Such as a name that is too long, which reading the image will report.
        return False


def _in_folder(folder: Path) -> list[Path]:
    """Return the images directly in a folder.

    The user has not named these files. A link could lead anywhere, and a pipe would never end.
    """
    images = list_images(folder)
    if not images:
        raise ImageError(f"The folder {str(folder)!r} holds no images.", code="FOLDER_EMPTY")
    return images


def _counted(
    names: Iterable[str],
    readings: Iterable[Prediction | ImageError],
    counts: Counter[str],
    warned: dict[str, list[str]],
) -> Iterator[ReadingRow]:
    """Yield each name with its reading, and count the failed and the rejected ones.

    Args:
        names: the images.
        readings: of the images.
        counts: gets the counts.
        warned: gets each warning of the readings, with the names of its images.
    """
    for name, result in zip(names, readings, strict=True):
        if isinstance(result, CaptchaError):
            counts["failed"] += 1
        else:
            counts["rejected"] += not result.accepted
            counts["unlikely"] += result.rejection_reason == "CONSTRAINT_UNLIKELY"
            for warning in result.warnings:
                warned.setdefault(warning, []).append(name)
        yield ReadingRow(name, result)


def _print_text(rows: Iterable[ReadingRow], *, with_value: bool, with_model: bool) -> None:
    for row in rows:
        name, result = one_line(row.name), row.result
        if isinstance(result, CaptchaError):
            note(f"{name}: {result}")
        else:
            columns = [name, result.text, f"{result.confidence:.4f}", _verdict(result)]
            if with_value:
                columns.insert(2, "" if result.value is None else str(result.value))
            if with_model:
                columns.append(result.model or "")
            print("\t".join(columns), flush=True)


def _verdict(reading: Prediction) -> str:
    """Return "accepted", or the rejection reason: "low confidence" or another."""
    reason = reading.rejection_reason
    return reason.lower().replace("_", " ") if reason else "accepted"
