"""Finding labelled images: this module only chooses who reads a source.

| source | labels come from |
|---|---|
| a folder or a zip with `metadata.csv`, `.jsonl`, `.parquet`, `rec_gt*.txt` | each for its folder |
| a folder with `data.mdb` files | LMDB in the layout of deep-text-recognition-benchmark |
| a folder of Parquet files and no images | their columns of images and texts |
| any other folder or zip | the file names: `2b827.png`; see `SourceOptions` for other forms |
| a `.csv`, `.tsv`, `.txt`, `.jsonl` or `.parquet` file | this table; the images are beside it |
| `captcha_images_v2` | the file names of the public data set |
| `hf://datasets/user/name` | what the repository holds, as a folder |
| `mjsynth:FOLDER` | the file names in the folder's `annotation_train.txt`: `./1/2/3_word_4.jpg` |

`find_samples` returns a list, but a lazy sequence for MJSynth, which has millions of images.
"""

import dataclasses
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data.datasets.captcha_images_v2 import NAME, find_archive
from captcha_model.data.datasets.hub import PREFIX as HUB_PREFIX
from captcha_model.data.datasets.hub import download
from captcha_model.data.datasets.lmdb import FILE as LMDB_FILE
from captcha_model.data.datasets.lmdb import lmdb_samples
from captcha_model.data.datasets.mjsynth import PREFIX, MjsynthSamples
from captcha_model.data.datasets.parquet import SUFFIX as PARQUET_SUFFIX
from captcha_model.data.datasets.parquet import holds_images, parquet_samples
from captcha_model.data.file_names import samples_by_name
from captcha_model.data.files import Reader, is_image, list_folder, select_images
from captcha_model.data.samples import Sample
from captcha_model.data.source_options import DEFAULT_OPTIONS, SourceOptions
from captcha_model.data.tables.pairing import samples_of_tables
from captcha_model.data.tables.parse import TABLE_SUFFIXES, is_table, read_table
from captcha_model.data.tables.unused import check_unused_tables
from captcha_model.data.white_space import without_white_space
from captcha_model.data.zips import damaged, is_cut_zip, list_zip
from captcha_model.errors import DataError

_MAX_IN_MEMORY = 200_000  # Images; of 50x200 pixels they take 2 GB.


@dataclass(frozen=True)
class LabelledSource:
    """The labelled images of a source.

    Attributes:
        samples: the images; none is opened.
        origin: where the labels come from, for people.
    """

    samples: Sequence[Sample]
    origin: str


def find_samples(
    source: str | os.PathLike[str], options: SourceOptions = DEFAULT_OPTIONS
) -> Sequence[Sample]:
    """List the labelled images of a source; no image is opened.

    Takes and raises what `open_source` does.

    Returns:
        The samples of a folder or a zip sorted by name, those of tables or of MJSynth in their
        order. Names are relative to the source.
    """
    return open_source(source, options).samples


def open_source(
    source: str | os.PathLike[str], options: SourceOptions = DEFAULT_OPTIONS
) -> LabelledSource:
    """List the labelled images of a source, and say where their labels come from.

    It warns (`DataWarning`) of images without a label, and of labels that look wrong.

    Args:
        source: see the table of this module.
        options: where the labels are, if the source does not say it.

    Raises:
        DataError: the source does not exist, has no images, or its labels are not valid.
        DependencyError: the package that reads its format is not installed.
        HubError: a data set of the Hub cannot be downloaded.
    """
    name = str(source)
    if not name.removeprefix(PREFIX):
        raise DataError(
            f"The source of images is empty: {name!r}. For the current folder give '.'.",
            code="SOURCE_NOT_FOUND",
        )
    if name.startswith(PREFIX):
        _refuse_options(name, options)
        samples = MjsynthSamples(Path(name.removeprefix(PREFIX)))
        return LabelledSource(samples, "the file names in annotation_train.txt")
    if name == NAME:
        path = find_archive()
    else:
        path = download(name) if name.startswith(HUB_PREFIX) else Path(source)
    found = _open_path(path, name, options)

    def places(indices: list[int]) -> str:
        return name_some(found.samples[index].name for index in indices)

    labels = without_white_space([sample.label for sample in found.samples], places, options)
    if not options.strip_labels:
        return found
    pairs = zip(found.samples, labels, strict=True)
    stripped = [dataclasses.replace(sample, label=label) for sample, label in pairs]
    return LabelledSource(stripped, found.origin)


def source_name(source: str) -> str:
    """Return the public name of a source, without the folder that contains it.

    A table is named with its own folder, which tells one `labels.jsonl` from another.

    Args:
        source: see the table of this module.
    """
    if source == NAME or source.startswith(HUB_PREFIX):
        return source
    prefix = PREFIX if source.startswith(PREFIX) else ""
    path = Path(source.removeprefix(prefix)).resolve()
    parts = (path.parent.name, path.name) if is_table(path.name) else (path.name,)
    name = "/".join(filter(None, parts))
    return prefix + ("".join(c if c.isprintable() else "?" for c in name) or "images")


def is_streamed(samples: Sequence[Sample]) -> bool:
    """Return whether the source has too many samples to keep their images in memory."""
    return isinstance(samples, MjsynthSamples) or len(samples) > _MAX_IN_MEMORY


def _open_path(path: Path, source: str, options: SourceOptions) -> LabelledSource:
    if path.is_dir():
        return _open_files(list_folder(path), path, source, options)
    if path.is_file() and path.name == LMDB_FILE:
        return _open_lmdb([LMDB_FILE], path.parent, source, options)
    if path.is_file() and is_table(path.name):
        if options.labels_in_names:
            raise DataError(
                f"{path.name} has the labels, so label_suffix and label_regex have no use. Give "
                "the folder of the images for labels in file names."
            )
        if path.suffix.lower() == PARQUET_SUFFIX and holds_images(path, path.name):
            return _open_parquet([path.name], {}, path.parent, options)
        # Read by its own path: a listing leaves out some files, such as hidden ones.
        files = {**list_folder(path.parent), path.name: path.read_bytes}
        return _open_tables([path.name], files, options)
    if path.is_file() and zipfile.is_zipfile(path):
        return _open_files(list_zip(path), None, source, options)
    if path.is_file() and is_cut_zip(path):
        raise damaged(path, "the list of its files is missing")
    exists = "has no labelled images" if path.exists() else "does not exist"
    raise DataError(
        f"{source!r} {exists}. Give a folder, a .zip, a table of labels "
        f"({', '.join(TABLE_SUFFIXES)}), {NAME}, {HUB_PREFIX}USER/NAME, or {PREFIX}FOLDER.",
        code="SOURCE_NOT_FOUND",
    )


def _open_files(
    files: Mapping[str, Reader], folder: Path | None, source: str, options: SourceOptions
) -> LabelledSource:
    """Choose by what a folder or a zip contains."""
    tables = [] if options.labels_in_names else [name for name in files if _is_known_table(name)]
    if tables:
        return _open_tables(tables, files, options)
    if not options.labels_in_names and not any(map(is_image, files)):
        stores = [name for name in files if PurePosixPath(name).name == LMDB_FILE]
        if stores and folder is not None:
            return _open_lmdb(stores, folder, source, options)
        parquet = [name for name in files if PurePosixPath(name).suffix.lower() == PARQUET_SUFFIX]
        if parquet:
            return _open_parquet(parquet, files, folder, options)
    named = [] if options.labels_in_names else check_unused_tables(files, folder)
    samples = samples_by_name(select_images(files, source, named), options, source)
    if options.names_columns:
        raise DataError(
            f"{source!r} has no table that is used, so the options for columns have no use. Give "
            "the table as the source."
        )
    arguments = " ".join(options.to_arguments()) if options.labels_in_names else ""
    return LabelledSource(samples, f"the file names{f' with {arguments}' if arguments else ''}")


def _is_known_table(name: str) -> bool:
    """Return whether a name says that a file is a table of labels for its folder."""
    path = PurePosixPath(name)
    if path.stem == "metadata":
        return path.suffix in (".csv", ".jsonl", PARQUET_SUFFIX)
    return path.suffix == ".txt" and path.stem.startswith("rec_gt")


def _open_tables(
    tables: Sequence[str], files: Mapping[str, Reader], options: SourceOptions
) -> LabelledSource:
    samples, parsed = samples_of_tables(tables, files, options)
    return LabelledSource(samples, name_some((f"{t.form} of {t.name}" for t in parsed), 3))


def _refuse_options(source: str, options: SourceOptions) -> None:
    """Check that nobody says where the labels are, in a format that says it itself."""
    if options.names_columns or options.labels_in_names:
        raise DataError(
            f"The format of {source!r} says where its labels are, so options for columns or file "
            "names have no use."
        )


def _open_lmdb(
    stores: Sequence[str], folder: Path, source: str, options: SourceOptions
) -> LabelledSource:
    _refuse_options(source, options)
    samples: list[Sample] = []
    for name in stores:
        parent = PurePosixPath(name).parent
        prefix = "" if str(parent) == "." else f"{parent}/"
        samples += lmdb_samples(folder / parent, prefix)
    return LabelledSource(samples, f"the keys label-... of {name_some(stores, 3)}")


def _open_parquet(
    names: Sequence[str],
    files: Mapping[str, Reader],
    folder: Path | None,
    options: SourceOptions,
) -> LabelledSource:
    samples: list[Sample] = []
    column = ""
    for name in names:
        # A file is opened where it is, so that its images need not be in memory.
        store = folder / name if folder else read_table(name, files[name])
        found, column = parquet_samples(store, name, options)
        samples += found
    if not samples:
        raise DataError(f"{name_some(names, 3)} has no rows.", code="SOURCE_EMPTY")
    return LabelledSource(samples, f"the column {column} of {name_some(names, 3)}")
