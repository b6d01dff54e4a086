"""The public data set captcha_images_v2: 1,040 captchas of R. Wilhelmy and H. Rosas (2013).

Its licence is not stated, so this package does not contain it. The user downloads it, or sets the
environment variable CAPTCHA_DATA to its path.
"""

import os
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

from captcha_model._utils.atomic_files import write_atomically
from captcha_model.errors import DataError

NAME = "captcha_images_v2"
CHARACTERS = "2345678bcdefgmnpwxy"
IMAGES = 1040
URL = "https://github.com/AakashKumarNain/CaptchaCracker/raw/master/captcha_images_v2.zip"
MAX_DOWNLOAD = 64 * 2**20
TIMEOUT_S = 30


def find_archive() -> Path:
    """Return the path of the data set: CAPTCHA_DATA (a zip or a folder), else a cached download.

    Raises:
        DataError: CAPTCHA_DATA does not exist, or the download fails or is not the data set.
    """
    named = os.environ.get("CAPTCHA_DATA")
    if named:
        path = Path(named)
        if not path.exists():
            raise DataError(
                f"The environment variable CAPTCHA_DATA names {named!r}, which does not exist.",
                code="SOURCE_NOT_FOUND",
            )
        return path
    cached = cache_folder() / f"{NAME}.zip"
    if not cached.exists():
        write_atomically(cached, _download())
        try:
            check_archive(cached)
        except DataError:
            cached.unlink()
            raise
    return cached


def cache_folder() -> Path:
    """Return the download folder: `captcha_model` in XDG_CACHE_HOME or `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "captcha_model"


def check_archive(path: Path) -> None:
    """Check that a downloaded zip is the complete data set.

    Raises:
        DataError: not a zip, not 1,040 images, or a label that is not 5 of the 19 characters.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            stems = [
                PurePosixPath(name).stem
                for name in archive.namelist()
                if name.endswith(".png") and not name.startswith("__MACOSX/")
            ]
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"The file downloaded from {URL} is not a zip.") from error
    invalid = [stem for stem in stems if len(stem) != 5 or set(stem) - set(CHARACTERS)]
    if damaged or len(stems) != IMAGES or invalid:
        raise DataError(
            f"The file downloaded from {URL} is not {NAME}: it has {len(stems)} images instead "
            f"of {IMAGES}, {len(invalid)} invalid labels, and "
            f"{'a damaged file' if damaged else 'no damaged file'}."
        )


def _download() -> bytes:
    from tqdm import tqdm

    try:
        with urllib.request.urlopen(URL, timeout=TIMEOUT_S) as response:
            total = int(response.headers.get("Content-Length") or 0) or None
            data = bytearray()
            with tqdm(total=total, unit="B", unit_scale=True, desc=NAME) as bar:
                while chunk := response.read(2**16):
                    data += chunk
                    bar.update(len(chunk))
                    if len(data) > MAX_DOWNLOAD:
                        raise DataError(f"{URL} is larger than {MAX_DOWNLOAD >> 20} MiB.")
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise DataError(
            f"{NAME} could not be downloaded from {URL} ({getattr(error, 'reason', error)}). "
            "Download it manually and set the environment variable CAPTCHA_DATA to the file.",
            code="DOWNLOAD_FAILED",
        ) from error
    if total is not None and len(data) != total:
        raise DataError(f"The download of {URL} is incomplete.", code="DOWNLOAD_FAILED")
    return bytes(data)
