"""The files of a zip, each with a function that reads it; nothing is unpacked to disk.

Programs write the names in a zip in several ways; here they become the names that were meant.
"""

import io
import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from captcha_model._utils.name_some import name_some
from captcha_model.data import skipped
from captcha_model.data.files import (
    Reader,
    has_image_suffix,
    is_hidden_part,
    is_image,
    read_bounded,
)
from captcha_model.data.skipped import Kind, Skipped
from captcha_model.errors import DataError

# What Python raises for damaged archives; a `NotImplementedError` is a `RuntimeError`.
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(RuntimeError, EOFError, ValueError, OverflowError),
)
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # Those of a zip with files, and of an empty one.
_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075  # The extra field of Info-ZIP that holds the name in UTF-8.


def list_zip(path: Path) -> dict[str, Reader]:
    """Map the names of the files in a zip to functions that read them.

    If all files are in one top-level folder, as in most archives, its name is removed. Hidden
    files and folders, `__MACOSX` and links are left out with a warning.

    Args:
        path: the archive.

    Raises:
        DataError: the archive is damaged, or the name of an image is in an unknown encoding, so
            that it is no label.
    """
    try:
        # In memory, so that no file stays open after the call.
        archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    except _DAMAGE as error:
        raise damaged(path, str(error)) from error
    left_out = Skipped()
    entries: dict[str, zipfile.ZipInfo] = {}
    unclear: list[str] = []
    for info in archive.infolist():
        name = _name_of(info)
        if name is None:
            unclear.append(info.filename)
            continue
        if name.endswith("/"):
            continue
        kind = _kind_skipped(name, info)
        if kind is None and name in entries:
            kind = skipped.REPLACED
        if kind is not None and (kind is not skipped.HIDDEN or has_image_suffix(name)):
            left_out.add(kind, name)
        if kind in (None, skipped.REPLACED):
            entries[name] = info
    _check_names(unclear, path.name)
    left_out.warn(str(path))
    prefix = _common_folder(entries)
    return {
        name.removeprefix(prefix): _reader(archive, entries[name], name) for name in sorted(entries)
    }


def is_cut_zip(path: Path) -> bool:
    """Return whether a file begins like a zip but lacks the list of its files at the end."""
    with path.open("rb") as file:
        return file.read(4) in _STARTS and not zipfile.is_zipfile(path)


def damaged(path: Path, reason: str) -> DataError:
    """Return the error of a zip that cannot be read."""
    return DataError(
        f"The zip {path.name} is damaged or incomplete: {reason.rstrip('.')}. Download or write it "
        "anew.",
        code="SOURCE_DAMAGED",
    )


def _name_of(info: zipfile.ZipInfo) -> str | None:
    """Return the name of an entry with "/" between its parts, or None if its encoding is unknown.

    Without the flag for UTF-8 a name is in an encoding that the zip does not state; Python takes
    code page 437. Most programs write UTF-8 nevertheless, and what is not is no UTF-8 by chance.
    """
    name = info.filename
    if not info.flag_bits & _UTF8_FLAG and not name.isascii():
        try:
            raw = name.encode("cp437")
            name = (_unicode_path(info.extra, raw) or raw).decode("utf-8")
        except UnicodeError:
            return None
    return name.replace("\\", "/")


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    """Return the UTF-8 name in an entry's extra fields, if it belongs to the entry's raw name."""
    while len(extra) >= 4:
        field, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        value, extra = extra[4 : 4 + size], extra[4 + size :]
        if (
            field == _UNICODE_PATH
            and value[:1] == b"\x01"
            and int.from_bytes(value[1:5], "little") == zlib.crc32(raw)
        ):
            return value[5:]
    return None


def _kind_skipped(name: str, info: zipfile.ZipInfo) -> Kind | None:
    """Return why an entry is left out, or None if it may be read."""
    *folders, _ = parts = PurePosixPath(name).parts
    if any(map(is_hidden_part, folders)):
        return skipped.IN_HIDDEN_FOLDER
    if is_hidden_part(parts[-1]):
        return skipped.HIDDEN
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return skipped.LINK_IN_ZIP
    return None if kind in (0, stat.S_IFREG) else skipped.SPECIAL


def _check_names(unclear: list[str], archive: str) -> None:
    images = [name for name in unclear if is_image(name)]
    if images:
        raise DataError(
            f"{len(images)} names in {archive} are neither marked as UTF-8 nor are they UTF-8: "
            f"{name_some(images)}. Write the archive anew with UTF-8 names, for example with "
            "python -m zipfile.",
            code="NAME_ENCODING",
        )


def _common_folder(names: dict[str, zipfile.ZipInfo]) -> str:
    """Return the folder that holds all files, with its "/"; "" if there is none."""
    tops = {name.partition("/")[0] for name in names}
    return f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in names) else ""


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Reader:
    def read() -> bytes:
        try:
            with archive.open(info) as file:
                return read_bounded(file, name, info.file_size)
        except _DAMAGE as error:
            raise OSError(f"it cannot be unpacked: {error}") from error

    return read
