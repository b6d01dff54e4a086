"""`captcha-model predict`: read images."""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from captcha_model.cli.common import new_parser, note, with_bar
from captcha_model.cli.constraining import add_constraint_options, read_options
from captcha_model.cli.reading import add_reading_options, open_model
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.prediction import Prediction
from captcha_model.tables import CSV_HEADER, csv_row, json_row, verdict

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")

Results: TypeAlias = Iterator[tuple[Path, Prediction | ImageError]]


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands, "predict", "Read images.", "captcha-model predict captcha.png more/ --csv"
    )
    parser.add_argument("images", nargs="+", metavar="IMAGE|FOLDER", help="what to read")
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
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        images = sorted(
            p
            for p in path.iterdir()
            if p.suffix.lower() in SUFFIXES and not p.is_symlink() and p.is_file()
        )
        if not images:
            raise ImageError(f"The folder {name!r} holds no images.", code="FOLDER_EMPTY")
        yield from images


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
            note(f"{path}: {result}")
        else:
            row = (str(path), result.text, f"{result.confidence:.4f}", verdict(result))
            print("\t".join(row), flush=True)


def _print_csv(results: Results) -> None:
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(CSV_HEADER)
    for path, result in results:
        rows.writerow(csv_row(str(path), result))


def _print_json(results: Results) -> None:
    entries = [json_row(str(path), result) for path, result in results]
    print(json.dumps(entries, indent=2, ensure_ascii=False))
