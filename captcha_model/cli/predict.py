"""`captcha-model predict`: read images."""

import argparse
import csv
import json
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from captcha_model.cli.common import new_parser, note, note_skipped, with_bar
from captcha_model.cli.constraining import add_constraint_options, read_options
from captcha_model.cli.reading import add_reading_options, open_model
from captcha_model.data.samples import Unreadable
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.inference.rows import CSV_HEADER, csv_row, json_row, verdict
from captcha_model.prediction import Prediction

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")

Results: TypeAlias = Iterator[tuple[Path, Prediction | ImageError]]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands, "predict", "Read images.", "captcha-model predict captcha.png more/ --csv"
    )
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE|FOLDER",
        help="what to read; links in a folder are skipped",
    )
    add_reading_options(parser)
    add_constraint_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON array with every detail")
    form.add_argument("--csv", action="store_true", help="print CSV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the images; 1 if any of them could not be read, whether readings are accepted or not."""
    paths = list(_find(options.images))
    model = open_model(options)
    readings = model.predict_stream(paths, **read_options(options))
    tally: Counter[str] = Counter()
    results = _counted(paths, with_bar(readings, len(paths), "reading"), tally)
    (_print_json if options.json else _print_csv if options.csv else _print_text)(results)
    if tally["failed"]:
        note(f"captcha-model: {tally['failed']} of {len(paths)} images could not be read")
    if tally["refused"]:
        read = len(paths) - tally["failed"]
        note(f"captcha-model: {tally['refused']} of {read} readings are not accepted")
    return 1 if tally["failed"] else 0


def _find(names: list[str]) -> Iterator[Path]:
    """Yield the files, and for each folder the images right in it, sorted."""
    for path in map(Path, names):
        if stat.S_ISDIR(_mode(path, follow_symlinks=True)):
            yield from _in_folder(path)
        else:
            yield path


def _in_folder(folder: Path) -> list[Path]:
    """List the images of a folder, and name what only looks like one.

    The user has not named what lies in it: a link may lead anywhere, and a pipe would never end.
    """
    images, skipped = [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        mode = _mode(path, follow_symlinks=False)
        if stat.S_ISREG(mode) or not mode:
            images.append(path)
        else:
            skipped.append(Unreadable(_shown(path), "a link" if stat.S_ISLNK(mode) else "no file"))
    note_skipped(skipped)
    if not images:
        raise ImageError(f"The folder {str(folder)!r} holds no images.", code="FOLDER_EMPTY")
    return images


def _mode(path: Path, *, follow_symlinks: bool) -> int:
    """Return what a path leads to; 0 where that cannot be told, which its reading will explain."""
    try:
        return path.stat(follow_symlinks=follow_symlinks).st_mode
    except (OSError, ValueError):
        return 0


def _shown(path: Path) -> str:
    """Return a path in one line and without what would steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path))


def _counted(
    paths: Iterable[Path], readings: Iterable[Prediction | ImageError], tally: Counter[str]
) -> Results:
    """Yield each path with its reading, and count those that failed or were refused."""
    for path, result in zip(paths, readings, strict=True):
        if isinstance(result, CaptchaError):
            tally["failed"] += 1
        elif not result.accepted:
            tally["refused"] += 1
        yield path, result


def _print_text(results: Results) -> None:
    for path, result in results:
        if isinstance(result, CaptchaError):
            note(f"{_shown(path)}: {result}")
        else:
            row = (_shown(path), result.text, f"{result.confidence:.4f}", verdict(result))
            print("\t".join(row), flush=True)


def _print_csv(results: Results) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(CSV_HEADER)
    for path, result in results:
        rows.writerow(csv_row(str(path), result))


def _print_json(results: Results) -> None:
    entries = [json_row(str(path), result) for path, result in results]
    print(json.dumps(entries, indent=2, ensure_ascii=False))
