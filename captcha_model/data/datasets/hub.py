"""Data sets of the Hugging Face Hub: `hf://datasets/user/name`, with `@revision` and `/path`.

The images, the tables and the Parquet files of a revision are downloaded to the Hub's cache, and
what was downloaded is read like any folder. Code in a repository is neither downloaded nor run.
"""

import re
from pathlib import Path

from captcha_model._utils.hub_failures import clear_failures
from captcha_model.data.files import IMAGE_SUFFIXES
from captcha_model.data.tables.parse import TABLE_SUFFIXES
from captcha_model.errors import DataError

PREFIX = "hf://datasets/"
_NAME = re.compile(
    r"(?P<repo>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>refs/[\w.-]+/[\w.-]+|[^/@]+))?"
    r"(?:/(?P<path>[^\0]+?))?/?",
    re.ASCII,
)


def download(source: str) -> Path:
    """Return the local folder of a data set, or of a folder or a file in it.

    Args:
        source: `hf://datasets/user/name`, `...@revision`, `.../folder` or `.../table.csv`. The
            Parquet files that the Hub makes of other formats are in `@refs/convert/parquet`.

    Raises:
        DataError: this is no such name, or the repository has nothing to read there.
        HubError: the repository cannot be downloaded.
    """
    match = _NAME.fullmatch(source.removeprefix(PREFIX))
    if match is None or ".." in (match["path"] or "").split("/"):
        raise DataError(
            f"{source!r} is not the name of a data set on the Hub. It has the form "
            f"{PREFIX}user/name, {PREFIX}user/name@revision or {PREFIX}user/name/folder.",
            code="SOURCE_NOT_FOUND",
        )
    from huggingface_hub import snapshot_download

    suffixes = {case for s in (*IMAGE_SUFFIXES, *TABLE_SUFFIXES) for case in (s, s.upper())}
    # A table names images beside it, so the folder of a file is needed too.
    path = match["path"] or ""
    folder = str(Path(path).parent) if Path(path).suffix else path
    prefix = "" if folder in ("", ".") else f"{folder}/"
    with clear_failures(f"The data set {source!r} cannot be used", revision=match["revision"]):
        root = snapshot_download(
            match["repo"],
            repo_type="dataset",
            revision=match["revision"],
            allow_patterns=sorted(f"{prefix}*{suffix}" for suffix in suffixes),
        )
    found = Path(root) / path
    if not found.exists():
        raise DataError(
            f"{source!r} has no images, tables or Parquet files there.", code="SOURCE_NOT_FOUND"
        )
    return found
