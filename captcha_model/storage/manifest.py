"""The settings file of a saved model, and the checked way to its other files.

`captcha_config.json` is `CaptchaConfig`'s JSON with one more key, `files`: of each file that the
network is in its size in bytes and its SHA-256, and of `model.onnx` also its opset. A folder from
before there was a `model.onnx` lists Keras's files alone.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from captcha_model._utils.atomic_files import leads_out, recover_folder
from captcha_model.config import CaptchaConfig, parse_json
from captcha_model.errors import ConfigError, ModelFolderError

CONFIG_FILE = "captcha_config.json"
WEIGHTS_FILE = "model.weights.h5"
KERAS_CONFIG = "config.json"
KERAS_FILES = (KERAS_CONFIG, "metadata.json", WEIGHTS_FILE)
ONNX_FILE = "model.onnx"
NETWORK_FILES = (*KERAS_FILES, ONNX_FILE)
MAX_CONFIG_BYTES = 2**20
MAX_FILE_BYTES = 2**31 - 1  # An ONNX file can be no larger.
MAX_OPSET = 100
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Fingerprint:
    """What tells a file from every other: its size in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, data: bytes) -> "Fingerprint":
        """Return the fingerprint of a file's bytes."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class Manifest:
    """What `captcha_config.json` says.

    Attributes:
        config: what the model reads and how its network is built.
        files: each file that the network is in, with its fingerprint.
        opset: of `model.onnx`; None where there is none.
    """

    config: CaptchaConfig
    files: Mapping[str, Fingerprint]
    opset: int | None

    def to_json(self) -> str:
        """Return the text of the file."""
        files = {name: asdict(fingerprint) for name, fingerprint in self.files.items()}
        if self.opset is not None:
            files[ONNX_FILE]["opset"] = self.opset
        document = {**self.config.to_dict(), "files": files}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Parse the text of the file.

        Raises:
            ConfigError: it is not valid.
        """
        document = parse_json(text)
        files = document.pop("files", None) if isinstance(document, dict) else None
        config = CaptchaConfig.from_dict(document)
        if not isinstance(files, dict) or set(files) not in (set(KERAS_FILES), set(NETWORK_FILES)):
            raise ConfigError(f"{CONFIG_FILE} must list the files {', '.join(NETWORK_FILES)}.")
        prints = {name: _fingerprint(name, entry) for name, entry in files.items()}
        return cls(config, prints, files[ONNX_FILE]["opset"] if ONNX_FILE in files else None)


def read_manifest(folder: Path) -> Manifest:
    """Read a model folder's settings and its list of files.

    Raises:
        ModelFolderError: no such folder, or not one of ours, or its settings lie elsewhere.
        ConfigError: the settings are not valid.
    """
    recover_folder(folder)
    path = folder / CONFIG_FILE
    if not folder.is_dir():
        raise ModelFolderError(f"There is no model folder {folder}.", code="MODEL_NOT_FOUND")
    if not path.is_file():
        raise ModelFolderError(
            f"{folder} is not a saved captcha model: it has no {CONFIG_FILE}.",
            code="NOT_A_CAPTCHA_MODEL",
        )
    check_place(folder, path)
    if path.stat().st_size > MAX_CONFIG_BYTES:
        raise ConfigError(f"{CONFIG_FILE} is over {MAX_CONFIG_BYTES} bytes, too large for one.")
    try:
        return Manifest.from_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{CONFIG_FILE} is not a UTF-8 text.") from error


def read_checked(folder: Path, name: str, manifest: Manifest) -> bytes:
    """Read one of a model folder's files, if it is the one that was saved.

    Args:
        folder: of the model.
        name: one of `NETWORK_FILES`.
        manifest: of the same folder.

    Raises:
        ModelFolderError: it is missing or damaged, or lies elsewhere.
    """
    path = folder / name
    if name not in manifest.files or not path.is_file():
        raise ModelFolderError(f"{folder} lacks {name}.", code="WEIGHTS_MISSING")
    check_place(folder, path)
    expected = manifest.files[name]
    # A file of another size is not even read.
    data = path.read_bytes() if path.stat().st_size == expected.size else b""
    if Fingerprint.of(data) != expected:
        raise ModelFolderError(
            f"{name} is not the file that was saved: its checksum differs. "
            "Copy or download the model again.",
            code="WEIGHTS_DAMAGED",
        )
    return data


def check_place(folder: Path, path: Path) -> None:
    """Check that a file of a model folder is not a link to a place outside of it.

    Raises:
        ModelFolderError: it is.
    """
    if leads_out(folder, path):
        raise ModelFolderError(
            f"{path.name} in {folder} is a link that leads out of the folder.",
            code="FILE_OUTSIDE_FOLDER",
        )


def _fingerprint(name: str, entry: Any) -> Fingerprint:
    keys = {"size", "sha256", "opset"} if name == ONNX_FILE else {"size", "sha256"}
    if not isinstance(entry, dict) or set(entry) != keys:
        raise ConfigError(f"{CONFIG_FILE} gives {name} the keys {sorted(keys)} and no other.")
    size, sha256, opset = entry["size"], entry["sha256"], entry.get("opset", 1)
    if type(size) is not int or not 0 < size <= MAX_FILE_BYTES:
        raise ConfigError(f"The size of {name} is a number of bytes. Received: {size!r}")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise ConfigError(f"The sha256 of {name} is 64 hexadecimal digits. Received: {sha256!r}")
    if type(opset) is not int or not 1 <= opset <= MAX_OPSET:
        raise ConfigError(f"The opset of {name} is 1 to {MAX_OPSET}. Received: {opset!r}")
    return Fingerprint(size, sha256)
