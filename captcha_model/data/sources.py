"""Finding labelled images: a folder, a zip, a table, a Hugging Face imagefolder, MJSynth.

| source | labels come from |
|---|---|
| a folder or a zip with `metadata.csv` or `metadata.jsonl` | its columns `file_name` and `text` |
| any other folder or zip | the file names: `2b827.png`, or with a suffix `2b827_1.png` |
| a `.csv` or `.tsv` file | its columns `file_name` and `text`; the images are beside it |
| `captcha_images_v2` | the file names of the public data set |
| `mjsynth:FOLDER` | the file names in the folder's `annotation_train.txt`: `./1/2/3_word_4.jpg` |

`find_samples` returns a list, but a lazy sequence for MJSynth, which has millions of images.
"""

import csv
import io
import json
import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data.datasets.captcha_images_v2 import NAME, find_archive
from captcha_model.data.datasets.mjsynth import PREFIX, MjsynthSamples
from captcha_model.data.files import IMAGE_SUFFIXES, Reader, list_folder, select_images
from captcha_model.data.samples import Sample
from captcha_model.data.zips import list_zip
from captcha_model.errors import DataError

TABLES = ("metadata.csv", "metadata.jsonl")


def find_samples(source: str | os.PathLike[str], *, label_suffix: bool = False) -> Sequence[Sample]:
    """List the labelled images of a source; no image is opened.

    Args:
        source: see the table of this module.
        label_suffix: the label in a file name ends at its first `_`, so that several files can
            have the same label.

    Returns:
        The samples of a folder or a zip sorted by name, those of a table or of MJSynth in its
        order. Names are relative to the source.

    Raises:
        DataError: the source does not exist, has no images, or its table is not valid.
    """
    if str(source).startswith(PREFIX):
        return MjsynthSamples(Path(str(source).removeprefix(PREFIX)))
    path = find_archive() if str(source) == NAME else Path(source)
    if path.is_dir():
        files = list_folder(path)
    elif path.suffix.lower() in (".csv", ".tsv") and path.is_file():
        return _from_table(path.read_bytes(), path.suffix, list_folder(path.parent), path.name)
    elif path.is_file() and zipfile.is_zipfile(path):
        files = list_zip(path)
    else:
        exists = "has no labelled images" if path.exists() else "does not exist"
        raise DataError(
            f"{str(source)!r} {exists}. Give a folder, a .zip, a .csv or "
            f".tsv with the columns file_name and text, {NAME}, or {PREFIX}FOLDER.",
            code="SOURCE_NOT_FOUND",
        )
    for table in TABLES:
        if table in files:
            return _from_table(files[table](), PurePosixPath(table).suffix, files, table)
    return _from_names(files, label_suffix, str(source))


def source_name(source: str) -> str:
    """Return the public name of a source, without the folder that contains it.

    Args:
        source: see the table of this module.
    """
    if source == NAME:
        return NAME
    prefix = PREFIX if source.startswith(PREFIX) else ""
    name = Path(source.removeprefix(prefix)).resolve().name
    return prefix + ("".join(c if c.isprintable() else "?" for c in name) or "images")


def is_streamed(samples: Sequence[Sample]) -> bool:
    """Return whether the source has too many samples to keep their images in memory."""
    return isinstance(samples, MjsynthSamples)


def _from_names(files: dict[str, Reader], label_suffix: bool, source: str) -> list[Sample]:
    samples = []
    for name, read in select_images(files, source).items():
        stem = PurePosixPath(name).stem
        samples.append(Sample(name, stem.split("_", 1)[0] if label_suffix else stem, read))
    if not samples:
        raise DataError(
            f"{source!r} has no images ({', '.join(IMAGE_SUFFIXES)}).", code="SOURCE_EMPTY"
        )
    return samples


def _from_table(data: bytes, suffix: str, files: dict[str, Reader], table: str) -> list[Sample]:
    """Pair the rows of a table with the files beside it; other files cannot be named."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{table} is not UTF-8 text.", code="TABLE_INVALID") from error
    try:
        rows = list(_parse_rows(text, suffix))
    except (ValueError, RecursionError, csv.Error) as error:
        raise DataError(f"{table} cannot be read: {error}.", code="TABLE_INVALID") from error
    bad = [
        str(number)
        for number, row in enumerate(rows, start=1)
        if not isinstance(row, dict)
        or not isinstance(row.get("file_name"), str)
        or not isinstance(row.get("text"), str)
    ]
    if bad:
        raise DataError(
            f"{table} needs values for file_name and text in every row. Rows without them: "
            f"{name_some(bad)}.",
            code="TABLE_INVALID",
        )
    if not rows:
        raise DataError(f"{table} has no rows.", code="SOURCE_EMPTY")
    pairs = [(str(row["file_name"]), str(row["text"])) for row in rows]
    missing = [name for name, _ in pairs if name not in files]
    if missing:
        raise DataError(
            f"{table} names {len(missing)} files that are not beside it: {name_some(missing)}.",
            code="FILES_MISSING",
        )
    return [Sample(name, text, files[name]) for name, text in pairs]


def _parse_rows(text: str, suffix: str) -> Iterable[dict[str, object]]:
    if suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    delimiter = "\t" if suffix.lower() == ".tsv" else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
