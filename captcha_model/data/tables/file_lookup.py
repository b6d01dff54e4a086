"""Finding the files that a table names, which may have been written elsewhere."""

import posixpath
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data.files import is_image
from captcha_model.data.tables.rows import LabelTable, invalid, name_lines
from captcha_model.errors import DataError, DataWarning


def find_files(table: LabelTable, files: Collection[str]) -> dict[str, str]:
    r"""Map the names in a table to files beside it.

    A name is a path relative to the table, perhaps with `./` or `\`. If files are missing, the same
    is tried for all of the missing ones: without folders at the beginning (`train_data/rec/1.png`
    in the folder `rec`), below one folder (`1.png` for `images/1.png`), and with the suffix that an
    image has (`0001` for `0001.png`). Such a repair is reported with a `DataWarning`. Whatever a
    name is, only files of the source are found.

    Args:
        table: the table.
        files: the paths of the files in its folder and below, relative to that folder.

    Raises:
        DataError: files are missing, or a row has no file name.
    """
    unnamed = [row.line for row in table.rows if not row.file.strip()]
    if unnamed:
        raise invalid(table.name, f"has no file name in {name_lines(unnamed)}.")
    names = list(dict.fromkeys(row.file for row in table.rows))
    found = {name: clean for name in names if (clean := _clean(name, files)) in files}
    missing = [name for name in names if name not in found]
    if missing:
        repaired = _repaired(missing, files, set(found.values()))
        if repaired is None:
            raise DataError(
                f"{table.name} names {len(missing)} files that are not beside it: "
                f"{name_some(missing)}.",
                code="FILES_MISSING",
            )
        warnings.warn(
            f"{table.name} names {len(repaired)} files that are elsewhere: {missing[0]!r} is taken "
            f"to be {repaired[missing[0]]!r}.",
            DataWarning,
            stacklevel=2,
        )
        found |= repaired
    return found


def _clean(name: str, files: Collection[str]) -> str:
    if name in files:
        return name
    path = name.strip().replace("\\", "/")
    return posixpath.normpath(path) if path.startswith("./") else path


def _repaired(
    missing: Sequence[str], files: Collection[str], taken: set[str]
) -> dict[str, str] | None:
    """Return different files for all missing names by the first rule that gives them."""
    if any(".." in PurePosixPath(_clean(name, files)).parts for name in missing):
        return None
    for candidates in _candidates([_clean(name, files) for name in missing], files):
        different = len({*candidates}) == len(candidates) and not taken & {*candidates}
        if different and all(candidate in files for candidate in candidates):
            return dict(zip(missing, candidates, strict=True))
    return None


def _candidates(names: Sequence[str], files: Collection[str]) -> Iterable[list[str]]:
    parts = [PurePosixPath(name).parts for name in names]
    for leading in range(1, min(map(len, parts))):
        yield ["/".join(path[leading:]) for path in parts]
    wanted = set(names)
    folders = sorted({str(f) for file in files for f in PurePosixPath(file).parents} - {"."})
    complete = [at for at in folders if all(f"{at}/{name}" in files for name in wanted)]
    if len(complete) == 1:
        yield [f"{complete[0]}/{name}" for name in names]
    yield _with_suffixes(names, [file for file in files if is_image(file)])


def _with_suffixes(names: Sequence[str], images: Sequence[str]) -> list[str]:
    """Return the images whose names without suffixes, or the numbers that they are, are given."""
    stems = [(str(PurePosixPath(image).with_suffix("")), image) for image in images]
    by_stem = _unique(stems)
    by_number = _unique((_number(stem), image) for stem, image in stems)
    return [by_stem.get(name) or by_number.get(_number(name), "") for name in names]


def _number(stem: str) -> str:
    """Return a number without zeros at its beginning: a spreadsheet makes 1 of 0001."""
    return stem.lstrip("0") or "0" if stem.isascii() and stem.isdigit() else stem


def _unique(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return a mapping without the keys that stand more than once."""
    found: dict[str, str] = {}
    repeated = set()
    for key, value in pairs:
        repeated |= {key} & found.keys()
        found[key] = value
    return {key: value for key, value in found.items() if key not in repeated}
