"""`captcha-model predict`: read images."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from captcha_model.cli.common import new_parser, note, with_bar
from captcha_model.cli.reading import add_reading_options, open_model
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.prediction import Prediction
from captcha_model.tables import CSV_HEADER, csv_row, json_row

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands, "predict", "Read images.", "captcha-model predict captcha.png more/ --csv"
    )
    parser.add_argument("images", nargs="+", metavar="IMAGE|FOLDER", help="what to read")
    add_reading_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print a JSON array with every detail")
    form.add_argument("--csv", action="store_true", help="print CSV")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the images; 1 if any of them could not be read."""
    paths = list(_find(options.images))
    model = open_model(options)
    readings = with_bar(model.read_each(paths), len(paths), "reading")
    results = zip(paths, readings, strict=True)
    failed = (_print_json if options.json else _print_csv if options.csv else _print_text)(results)
    if failed:
        note(f"captcha-model: {failed} of {len(paths)} images could not be read")
    return 1 if failed else 0


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


Results = Iterator[tuple[Path, Prediction | ImageError]]


def _print_text(results: Results) -> int:
    failed = 0
    for path, result in results:
        if isinstance(result, CaptchaError):
            failed += 1
            note(f"{path}: {result}")
        else:
            print(f"{path}\t{result.text}\t{result.confidence:.4f}", flush=True)
    return failed


def _print_csv(results: Results) -> int:
    failed = 0
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(CSV_HEADER)
    for path, result in results:
        failed += isinstance(result, CaptchaError)
        rows.writerow(csv_row(str(path), result))
    return failed


def _print_json(results: Results) -> int:
    entries = [json_row(str(path), result) for path, result in results]
    print(json.dumps(entries, indent=2, ensure_ascii=False))
    return sum("error" in entry for entry in entries)
