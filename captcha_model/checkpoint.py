"""What a saved model folder holds, and how it is written and read.

| file | holds |
|---|---|
| `captcha_config.json` | our settings, and the size and SHA-256 of each of Keras's files |
| `config.json`, `metadata.json`, `model.weights.h5` | the uncompiled network as Keras saves it |
| `README.md` | the model card |

The network is always built by our own code from `captcha_config.json`; of Keras's files only the
weights are read. Keras itself can open the folder too, without this package.
"""

import hashlib
import io
import json
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from captcha_model import networks
from captcha_model.backend import load_keras
from captcha_model.config import CaptchaConfig, parse_json
from captcha_model.errors import ConfigError, ModelFolderError
from captcha_model.files import recover_folder, replaced_folder

if TYPE_CHECKING:
    import keras

CONFIG_FILE = "captcha_config.json"
WEIGHTS_FILE = "model.weights.h5"
KERAS_FILES = ("config.json", "metadata.json", WEIGHTS_FILE)
CARD_FILE = "README.md"
MAX_CONFIG_BYTES = 2**20


def save_folder(folder: Path, config: CaptchaConfig, network: "keras.Model", card: str) -> None:
    """Write a model folder beside `folder` and swap it in, so that no crash leaves half of one.

    Args:
        folder: where to; an earlier model folder there is replaced whole.
        config: the settings that `network` was built from.
        network: compiled or not; it is saved uncompiled, so that plain Keras can open it.
        card: the text of the model card.

    Raises:
        ModelFolderError: `folder` is a file, or a folder that is neither empty nor a model.
    """
    if folder.exists() and not (
        folder.is_dir() and ((folder / CONFIG_FILE).exists() or not any(folder.iterdir()))
    ):
        raise ModelFolderError(
            f"{folder} is in the way: it is not a saved model, and it is not replaced.",
            code="FOLDER_IN_USE",
        )
    archive = keras_archive(config, network)
    with replaced_folder(folder) as fresh:
        _unpack(archive, fresh)
        (fresh / CARD_FILE).write_text(card, encoding="utf-8")
        files = {name: _fingerprint((fresh / name).read_bytes()) for name in KERAS_FILES}
        document = {**config.to_dict(), "files": files}
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        (fresh / CONFIG_FILE).write_text(text, encoding="utf-8")


def keras_archive(config: CaptchaConfig, network: "keras.Model") -> bytes:
    """Return what Keras's `save` makes of a network: the bytes of a `.keras` archive.

    Args:
        config: the settings that `network` was built from.
        network: compiled or not; it is saved uncompiled, so that plain Keras can open it.
    """
    plain = networks.build(config)
    plain.set_weights(network.get_weights())
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "model.keras"
        load_keras().saving.save_model(plain, archive)
        return archive.read_bytes()


def load_config(folder: Path) -> tuple[CaptchaConfig, dict[str, Any]]:
    """Read a model folder's settings and its list of files.

    Raises:
        ModelFolderError: no such folder, or not one of ours.
        ConfigError: the settings are not valid.
    """
    recover_folder(folder)
    path = folder / CONFIG_FILE
    if not folder.is_dir():
        raise ModelFolderError(f"There is no model folder {folder}.", code="MODEL_NOT_FOUND")
    if not path.is_file():
        raise ModelFolderError(
            f"{folder} is not a saved captcha model: it has no {CONFIG_FILE}.",
            code="MODEL_NOT_OURS",
        )
    if path.stat().st_size > MAX_CONFIG_BYTES:
        raise ConfigError(f"{CONFIG_FILE} is over {MAX_CONFIG_BYTES} bytes, too large for one.")
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{CONFIG_FILE} is not a UTF-8 text.") from error
    files = document.pop("files", None) if isinstance(document, dict) else None
    config = CaptchaConfig.from_dict(document)
    if not isinstance(files, dict) or set(files) != set(KERAS_FILES):
        raise ConfigError(f"{CONFIG_FILE} must list the files {', '.join(KERAS_FILES)}.")
    return config, files


def load_network(folder: Path) -> tuple[CaptchaConfig, "keras.Model"]:
    """Build a saved network from our code and load its weights, after checking their SHA-256.

    Raises:
        ModelFolderError: a file is missing or damaged, or the weights do not fit the network.
        ConfigError: the settings are not valid.
    """
    config, files = load_config(folder)
    networks.describe(config)
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise ModelFolderError(f"{folder} lacks {WEIGHTS_FILE}.", code="WEIGHTS_MISSING")
    if _fingerprint(path.read_bytes()) != files[WEIGHTS_FILE]:
        raise ModelFolderError(
            f"{WEIGHTS_FILE} is not the file that was saved: its checksum differs. "
            "Copy or download the model again.",
            code="WEIGHTS_DAMAGED",
        )
    network = networks.build(config)
    try:
        with warnings.catch_warnings():
            # Keras only warns of a layer that keeps its fresh weights.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(path)
    except (OSError, ValueError, KeyError, RuntimeError, UserWarning) as error:
        raise ModelFolderError(
            f"{WEIGHTS_FILE} does not fit the network that {CONFIG_FILE} describes.",
            code="WEIGHTS_DO_NOT_FIT",
        ) from error
    if not all(np.isfinite(w).all() for w in network.get_weights()):
        raise ModelFolderError(
            f"{WEIGHTS_FILE} holds numbers that are not finite.", code="WEIGHTS_NOT_FINITE"
        )
    return config, network


def _unpack(archive: bytes, folder: Path) -> None:
    """Write what is in a `.keras` archive as loose files."""
    with zipfile.ZipFile(io.BytesIO(archive)) as contents:
        for name in KERAS_FILES:
            (folder / name).write_bytes(contents.read(name))


def _fingerprint(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
