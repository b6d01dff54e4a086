"""The labelled sets that are read: zips of images with a `metadata.csv` (`file_name,text`)."""

import csv
import hashlib
import io
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

KINDS = ("real", "generators")
MATHS, ANIMATED = "svg-math", "django-simple-captcha-animated"
WITHOUT_TEXT = (MATHS, ANIMATED)
"""The label of the first is the result of a sum; of the second, one frame shows one letter."""
TABLE = "metadata.csv"


@dataclass(frozen=True)
class LabelledSet:
    """Images with their labels.

    Attributes:
        name: of the set.
        kind: `real`, or `generators`: drawn by an open-source generator.
        digest: the SHA-256 of its zip, or of its labels, by which stored readings are found again.
        paths: N files with their original bytes.
        plain: N files for readers that take no care of transparency: those with transparency or
            several frames as the first frame on white.
        labels: N texts.
    """

    name: str
    kind: str
    digest: str
    paths: tuple[Path, ...]
    plain: tuple[Path, ...]
    labels: tuple[str, ...]

    @property
    def characters(self) -> str:
        """All characters of its labels, sorted."""
        return "".join(sorted(set("".join(self.labels))))

    @property
    def has_text(self) -> bool:
        """Whether an image shows its label as one text."""
        return self.name not in WITHOUT_TEXT


def open_sets(source: Path, scratch: Path, only: Sequence[str] | None = None) -> list[LabelledSet]:
    """Unpack the sets of a folder.

    Args:
        source: has the folders `real` and `generators` with one zip a set.
        scratch: receives the files; what an earlier run left there is used again.
        only: the names of sets; None is all.

    Raises:
        ValueError: the folder has no sets, or not those that are named.
    """
    archives = {p.stem: (kind, p) for kind in KINDS for p in sorted((source / kind).glob("*.zip"))}
    if not archives:
        raise ValueError(f"{source} has no real/NAME.zip and no generators/NAME.zip")
    if unknown := sorted(set(only or ()) - archives.keys()):
        raise ValueError(f"no such sets: {', '.join(unknown)}. There are {', '.join(archives)}")
    return [
        _open(name, kind, path, scratch / kind / name)
        for name, (kind, path) in archives.items()
        if only is None or name in only
    ]


def read_folder(folder: Path, name: str, kind: str, scratch: Path) -> LabelledSet:
    """Return the set of a folder with images and their table.

    Args:
        folder: the images and the table.
        name: of the set.
        kind: of the set.
        scratch: receives the plain copies.
    """
    table = (folder / TABLE).read_bytes()
    return _labelled(name, kind, table, folder, scratch, hashlib.sha256(table).hexdigest())


def _open(name: str, kind: str, archive: Path, folder: Path) -> LabelledSet:
    folder.mkdir(parents=True, exist_ok=True)
    data = archive.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        for member in members.namelist():
            target = folder / PurePosixPath(member).name
            if not member.endswith("/") and not target.exists():
                target.write_bytes(members.read(member))
        table = members.read(TABLE)
    digest = hashlib.sha256(data).hexdigest()
    return _labelled(name, kind, table, folder, folder / "plain", digest)


def _labelled(
    name: str, kind: str, table: bytes, folder: Path, scratch: Path, digest: str
) -> LabelledSet:
    rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
    paths = [folder / row["file_name"] for row in rows]
    scratch.mkdir(parents=True, exist_ok=True)
    plain = [_plain(path, scratch) for path in paths]
    labels = tuple(row["text"] for row in rows)
    return LabelledSet(name, kind, digest, tuple(paths), tuple(plain), labels)


def _plain(path: Path, scratch: Path) -> Path:
    """Return the file, or a copy without transparency and animation if it has them."""
    copy = scratch / f"{path.name}.png"
    if copy.exists():
        return copy
    with Image.open(path) as image:
        if not image.has_transparency_data and getattr(image, "n_frames", 1) == 1:
            return path
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
    white.convert("RGB").save(copy)
    return copy


def write_folder(images: Iterable[tuple[Path, str]], folder: Path) -> None:
    """Copy files with their labels into a new folder, with a table that a training reads."""
    folder.mkdir(parents=True)
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("file_name", "text"))
        for path, label in images:
            shutil.copy(path, folder)
            rows.writerow((path.name, label))
