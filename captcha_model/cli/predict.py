"""`captcha-model predict`: read images."""

import argparse
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from captcha_model._utils.csv_table import write_csv
from captcha_model._utils.utf8 import print_json, utf8_stdout
from captcha_model.cli.common import new_parser, note, note_skipped, with_bar
from captcha_model.cli.reading_options import add_reading_options, reading_options
from captcha_model.cli.runtime_options import add_runtime_options, open_model
from captcha_model.data.samples import Unreadable
from captcha_model.errors import CaptchaError, ImageError
from captcha_model.images.base64_text import is_data_url
from captcha_model.images.decode import ImageSource
from captcha_model.inference.rows import ReadingRow
from captcha_model.prediction import Prediction

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
_STDIN = "-"
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
        help="images, or folders of images, whose links are skipped; data URLs; - for an image "
        "from stdin",
    )
    add_runtime_options(parser)
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
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the images; return 1 if any could not be read, whether readings are accepted or not."""
    images = list(_find(options.images))
    model = open_model(options)
    sources = [source for _, source in images]
    readings = model.predict_stream(sources, **reading_options(options).keywords())
    counts: Counter[str] = Counter()
    names = [name for name, _ in images]
    rows = _counted(names, with_bar(readings, len(images), "reading"), counts)
    if options.json:
        print_json([row.to_dict() for row in rows])
    elif options.csv or options.excel:
        cells = chain([ReadingRow.CSV_HEADER], (row.to_csv() for row in rows))
        write_csv(utf8_stdout(), cells, excel=options.excel)
    else:
        _print_text(rows)
    if counts["failed"]:
        note(f"captcha-model: {counts['failed']} of {len(images)} images could not be read")
    if counts["rejected"]:
        read = len(images) - counts["failed"]
        were = "was" if counts["rejected"] == 1 else "were"
        note(f"captcha-model: {counts['rejected']} of {read} readings {were} rejected")
    if counts["unlikely"]:
        note(
            f"captcha-model: {counts['unlikely']} of them because the image does not fit "
            "--charset, --length or --pattern"
        )
    return 1 if counts["failed"] else 0


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
        elif stat.S_ISDIR(_mode(path, follow_symlinks=True)):
            yield from ((str(found), found) for found in _in_folder(path))
        else:
            yield str(path), path


def _in_folder(folder: Path) -> list[Path]:
    """Return the images of a folder, and report files that only look like images.

    The user has not named these files. A link could lead anywhere, and a pipe would never end.
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
    """Return the mode of a file; 0 where it cannot be read, which reading the image will report."""
    try:
        return path.stat(follow_symlinks=follow_symlinks).st_mode
    except (OSError, ValueError):
        return 0


def _shown(path: Path | str) -> str:
    """Return a path on one line, without control characters that would act on a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path))


def _counted(
    names: Iterable[str], readings: Iterable[Prediction | ImageError], counts: Counter[str]
) -> Iterator[ReadingRow]:
    """Yield each name with its reading, and count the failed and the rejected ones."""
    for name, result in zip(names, readings, strict=True):
        if isinstance(result, CaptchaError):
            counts["failed"] += 1
        elif not result.accepted:
            counts["rejected"] += 1
            counts["unlikely"] += result.rejection_reason == "CONSTRAINT_UNLIKELY"
        yield ReadingRow(name, result)


def _print_text(rows: Iterable[ReadingRow]) -> None:
    for row in rows:
        name, result = _shown(row.name), row.result
        if isinstance(result, CaptchaError):
            note(f"{name}: {result}")
        else:
            columns = (name, result.text, f"{result.confidence:.4f}", _verdict(result))
            print("\t".join(columns), flush=True)


def _verdict(reading: Prediction) -> str:
    """Return "accepted", or the rejection reason: "low confidence" or another."""
    reason = reading.rejection_reason
    return reason.lower().replace("_", " ") if reason else "accepted"
