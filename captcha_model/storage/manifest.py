"""The settings file of a saved model, and checked access to its other files.

`captcha_config.json` is `CaptchaConfig`'s JSON with two more keys. `files` has the size in bytes
and the SHA-256 of each file that holds the network, and for `model.onnx` also its opset; an early
folder without a `model.onnx` lists Keras's files only, and few have a `model.int8.onnx`. `sha256`
is the SHA-256 of everything else in the file, so that a changed setting is found like a changed
weight; formats before `FIRST_WITH_DIGEST` lack it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from captcha_model._utils.atomic_files import leads_out, recover_folder
from captcha_model._utils.strict_json import Record, parse_json
from captcha_model._utils.type_checks import Range, Text
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError, ModelFolderError

CONFIG_FILE = "captcha_config.json"
MODEL_OF_RUN = "model"
"""Where the folder of a training run has its model."""
WEIGHTS_FILE = "model.weights.h5"
KERAS_CONFIG = "config.json"
KERAS_METADATA = "metadata.json"
KERAS_FILES = (KERAS_CONFIG, KERAS_METADATA, WEIGHTS_FILE)
ONNX_FILE = "model.onnx"
NETWORK_FILES = (*KERAS_FILES, ONNX_FILE)
ONNX_8_BIT_FILE = "model.int8.onnx"
ALL_NETWORK_FILES = (*NETWORK_FILES, ONNX_8_BIT_FILE)
_SETS_OF_FILES = (KERAS_FILES, NETWORK_FILES, ALL_NETWORK_FILES)
FACTS_FILE = "model_facts.json"  # See `captcha_model.model_card`.
MAX_CONFIG_BYTES = 2**20
MAX_FILE_BYTES = 2**31 - 1  # The limit of an ONNX file.
MAX_OPSET = 100
FIRST_WITH_DIGEST = 4
_DIGEST = "sha256"


@dataclass(frozen=True)
class Fingerprint(Record):
    """What distinguishes a file from any other.

    Attributes:
        size: its size in bytes.
        sha256: its SHA-256, in hexadecimal.
    """

    size: Annotated[int, Range(1, MAX_FILE_BYTES)]
    sha256: Annotated[str, Text(pattern="[0-9a-f]{64}")]

    @classmethod
    def of(cls, data: bytes) -> "Fingerprint":
        """Return the fingerprint of a file's bytes."""
        return cls(len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True)
class _OnnxEntry(Fingerprint):
    """The entry of `model.onnx`, which has one more key."""

    opset: Annotated[int, Range(1, MAX_OPSET)]


@dataclass(frozen=True)
class Manifest:
    """The contents of `captcha_config.json`.

    Attributes:
        config: the settings of the model.
        files: the fingerprint of each file that holds the network, by its name.
        opset: the opset of `model.onnx`; None if the folder has no such file.
    """

    config: CaptchaConfig
    files: Mapping[str, Fingerprint]
    opset: int | None

    def to_json(self) -> str:
        """Return the contents of the file."""
        files = {name: fingerprint.to_dict() for name, fingerprint in self.files.items()}
        if self.opset is not None:
            files[ONNX_FILE]["opset"] = self.opset
        document = {**self.config.to_dict(), "files": files}
        document[_DIGEST] = _digest_of(document)
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """Parse the contents of the file.

        Raises:
            ConfigError: it is not valid, or not what was saved.
        """
        document = parse_json(text, CaptchaConfig, CONFIG_FILE)
        settings, files, digest = document, None, None
        if isinstance(document, dict):
            digest = document.pop(_DIGEST, None)
            settings = {key: value for key, value in document.items() if key != "files"}
            files = document.get("files")
        config = CaptchaConfig.from_dict(settings)
        if not isinstance(files, dict) or set(files) not in map(set, _SETS_OF_FILES):
            raise ConfigError(f"{CONFIG_FILE} must list the files {', '.join(NETWORK_FILES)}.")
        entries = {name: _entry(name, values) for name, values in files.items()}
        # Last, because the other errors say more.
        has_digest = document["format_version"] >= FIRST_WITH_DIGEST
        if digest != (_digest_of(document) if has_digest else None):
            raise ConfigError(
                f"{CONFIG_FILE} is not the file that was saved: its checksum differs. Copy or "
                "download the model again. A model's settings are changed by `captcha-model "
                "calibrate`, or by saving it from Python, not in this file.",
                code="CONFIG_DAMAGED",
            )
        prints = {name: Fingerprint(e.size, e.sha256) for name, e in entries.items()}
        onnx = entries.get(ONNX_FILE)
        return cls(config, prints, onnx.opset if isinstance(onnx, _OnnxEntry) else None)


def read_manifest(folder: Path) -> Manifest:
    """Read the settings of a model folder and its list of files.

    Raises:
        ModelFolderError: there is no such folder, it is not a captcha model, or its settings file
            is a link that leads out of it.
        ConfigError: the settings are not valid.
    """
    recover_folder(folder)
    path = folder / CONFIG_FILE
    if not folder.is_dir():
        raise ModelFolderError(f"There is no model folder {folder}.", code="MODEL_NOT_FOUND")
    if not path.is_file():
        inner = folder / MODEL_OF_RUN
        hint = f" Did you mean {inner}?" if (inner / CONFIG_FILE).is_file() else ""
        raise ModelFolderError(
            f"{folder} is not a saved captcha model: it has no {CONFIG_FILE}.{hint}",
            code="NOT_A_CAPTCHA_MODEL",
        )
    check_place(folder, path)
    if path.stat().st_size > MAX_CONFIG_BYTES:
        raise ConfigError(f"{CONFIG_FILE} has more than {MAX_CONFIG_BYTES} bytes.")
    try:
        return Manifest.from_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{CONFIG_FILE} is not UTF-8 text.") from error


def read_checked(folder: Path, name: str, manifest: Manifest) -> bytes:
    """Read a file of a model folder, and check that it is the file that was saved.

    Args:
        folder: the model's folder.
        name: one of `ALL_NETWORK_FILES`.
        manifest: the manifest of the same folder.

    Raises:
        ModelFolderError: it is missing or damaged, or a link that leads out of the folder.
    """
    path = folder / name
    if name not in manifest.files or not path.is_file():
        raise ModelFolderError(f"{folder} lacks {name}.", code="WEIGHTS_MISSING")
    check_place(folder, path)
    expected = manifest.files[name]
    # A file of another size is not read at all.
    data = path.read_bytes() if path.stat().st_size == expected.size else b""
    if not data or Fingerprint.of(data) != expected:
        raise ModelFolderError(
            f"{name} is not the file that was saved: its checksum differs. "
            "Copy or download the model again.",
            code="WEIGHTS_DAMAGED",
        )
    return data


def check_place(folder: Path, path: Path) -> None:
    """Check that a file of a model folder is not a link that leads out of the folder.

    Raises:
        ModelFolderError: it is such a link.
    """
    if leads_out(folder, path):
        raise ModelFolderError(
            f"{path.name} in {folder} is a link that leads out of the folder.",
            code="FILE_OUTSIDE_FOLDER",
        )


def _digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of settings as JSON with sorted keys and without white space."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _entry(name: str, values: Any) -> Fingerprint:
    """Return the entry of a file, with an error that names the file."""
    kind = _OnnxEntry if name == ONNX_FILE else Fingerprint
    try:
        return kind.from_dict(values)
    except ConfigError as error:
        raise ConfigError(f"{CONFIG_FILE} lists {name} wrongly. {error}") from error
