"""`captcha-model predict`: read images."""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from captcha_model._utils.name_some import one_line
from captcha_model.cli.common import new_parser, note, with_bar
from captcha_model.cli.reading_options import add_reading_options, reading_options
from captcha_model.cli.runtime_options import add_runtime_options, open_model
from captcha_model.data.files import list_images
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.inference.rows import ReadingRow
from captcha_model.prediction import Prediction


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands, "predict", "Read images.", "captcha-model predict captcha.png more/ --csv"
    )
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE|FOLDER",
        help="images, or folders of images; links that lead out of a folder are skipped",
    )
    add_runtime_options(parser)
    add_reading_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON array with every detail")
    form.add_argument("--csv", action="store_true", help="print CSV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the images; return 1 if any could not be read, whether readings are accepted or not."""
    paths = list(_find(options.images))
    model = open_model(options)
    readings = model.predict_stream(paths, **reading_options(options).keywords())
    counts: Counter[str] = Counter()
    rows = _counted(paths, with_bar(readings, len(paths), "reading"), counts)
    (_print_json if options.json else _print_csv if options.csv else _print_text)(rows)
    if counts["failed"]:
        note(f"captcha-model: {counts['failed']} of {len(paths)} images could not be read")
    if counts["rejected"]:
        read = len(paths) - counts["failed"]
        were = "was" if counts["rejected"] == 1 else "were"
        note(f"captcha-model: {counts['rejected']} of {read} readings {were} rejected")
    return 1 if counts["failed"] else 0


def _find(names: list[str]) -> Iterator[Path]:
    """Yield the files, and for each folder the images directly in it, sorted."""
    for path in map(Path, names):
        if _is_folder(path):
            yield from _in_folder(path)
        else:
            yield path


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
    paths: Iterable[Path], readings: Iterable[Prediction | ImageError], counts: Counter[str]
) -> Iterator[ReadingRow]:
    """Yield each path with its reading, and count the failed and the rejected ones."""
    for path, result in zip(paths, readings, strict=True):
        if isinstance(result, CaptchaError):
            counts["failed"] += 1
        elif not result.accepted:
            counts["rejected"] += 1
        yield ReadingRow(str(path), result)


def _print_text(rows: Iterable[ReadingRow]) -> None:
    for row in rows:
        name, result = one_line(row.name), row.result
        if isinstance(result, CaptchaError):
            note(f"{name}: {result}")
        else:
            columns = (name, result.text, f"{result.confidence:.4f}", _verdict(result))
            print("\t".join(columns), flush=True)


def _verdict(reading: Prediction) -> str:
    """Return "accepted", or the rejection reason: "low confidence" or another."""
    reason = reading.rejection_reason
    return reason.lower().replace("_", " ") if reason else "accepted"


def _print_csv(rows: Iterable[ReadingRow]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(ReadingRow.CSV_HEADER)
    writer.writerows(row.to_csv() for row in rows)


def _print_json(rows: Iterable[ReadingRow]) -> None:
    print(json.dumps([row.to_dict() for row in rows], indent=2, ensure_ascii=False))
