"""What a saved model folder holds, and how it is written and read.

| file | holds |
|---|---|
| `captcha_config.json` | our settings and the checksums; see `captcha_model.manifest` |
| `config.json`, `metadata.json`, `model.weights.h5` | the uncompiled network as Keras saves it |
| `model.onnx` | the network as an ONNX graph; see `captcha_model.onnx_graph` |
| `README.md` and what else there is | the model card and its facts |

For Keras the network is always built by our own code from `captcha_config.json`; of Keras's files
only the weights are read. Keras itself can open the folder too, without this package.
"""

import io
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from captcha_model import networks
from captcha_model.backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ModelFolderError
from captcha_model.files import is_free, replaced_folder
from captcha_model.manifest import (
    CONFIG_FILE,
    KERAS_FILES,
    NETWORK_FILES,
    ONNX_FILE,
    WEIGHTS_FILE,
    Fingerprint,
    Manifest,
    read_checked,
    read_manifest,
)
from captcha_model.onnx_graph import OPSET, to_onnx
from captcha_model.runtimes.onnx import OnnxRuntime

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NetworkFiles:
    """A network in all the forms that a folder holds.

    Attributes:
        contents: the bytes of each of `NETWORK_FILES`.
        opset: of the ONNX graph among them.
    """

    contents: Mapping[str, bytes]
    opset: int

    @classmethod
    def of(cls, config: CaptchaConfig, network: "keras.Model") -> "NetworkFiles":
        """Write a network that was built from `config`, compiled or not.

        Raises:
            DependencyError: a package that writes ONNX is not installed.
            ExportError: Keras does not run on TensorFlow.
        """
        graph = to_onnx(config, network)
        with zipfile.ZipFile(io.BytesIO(keras_archive(config, network))) as archive:
            contents = {name: archive.read(name) for name in KERAS_FILES}
        return cls({**contents, ONNX_FILE: graph}, OPSET)

    @classmethod
    def copied_from(cls, folder: Path) -> "NetworkFiles":
        """Take the files from a saved folder.

        Raises:
            ModelFolderError: one of them is missing or damaged.
        """
        manifest = read_manifest(folder)
        contents = {name: read_checked(folder, name, manifest) for name in NETWORK_FILES}
        # What lists an ONNX graph lists its opset.
        assert manifest.opset is not None
        return cls(contents, manifest.opset)


def check_target(folder: Path) -> None:
    """Check that a model folder may be written to a place.

    Raises:
        ModelFolderError: it is a file, or a folder that is neither empty nor a model.
    """
    if not is_free(folder, CONFIG_FILE):
        raise ModelFolderError(
            f"{folder} is in the way: it is not a saved model, and it is not replaced.",
            code="FOLDER_IN_USE",
        )


def save_folder(
    folder: Path, config: CaptchaConfig, network: NetworkFiles, others: Mapping[str, bytes]
) -> None:
    """Write a model folder beside `folder` and swap it in, so that no crash leaves half of one.

    Args:
        folder: where to; an earlier model folder there is replaced whole.
        config: the settings that the network was built from.
        network: its files.
        others: the files beside them, by their names: the model card and its like.

    Raises:
        ModelFolderError: see `check_target`.
    """
    check_target(folder)
    prints = {name: Fingerprint.of(data) for name, data in network.contents.items()}
    manifest = Manifest(config, prints, network.opset)
    with replaced_folder(folder) as fresh:
        for name, data in {**others, **network.contents}.items():
            (fresh / name).write_bytes(data)
        (fresh / CONFIG_FILE).write_text(manifest.to_json(), encoding="utf-8")


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


def load_onnx(folder: Path) -> OnnxRuntime:
    """Open a saved network's ONNX graph, after checking its SHA-256.

    Raises:
        ModelFolderError: a file is missing or damaged, or the graph does not fit the settings.
        ConfigError: the settings are not valid.
        DependencyError: ONNX Runtime is not installed.
    """
    manifest = read_manifest(folder)
    return OnnxRuntime(read_checked(folder, ONNX_FILE, manifest), manifest.config)


def load_network(folder: Path) -> "keras.Model":
    """Build a saved network from our code and load its weights, after checking their SHA-256.

    Raises:
        ModelFolderError: a file is missing or damaged, or the weights do not fit the network.
        ConfigError: the settings are not valid.
        DependencyError: Keras is not installed.
    """
    manifest = read_manifest(folder)
    networks.describe(manifest.config)
    read_checked(folder, WEIGHTS_FILE, manifest)
    network = networks.build(manifest.config)
    try:
        with warnings.catch_warnings():
            # Keras only warns of a layer that keeps its fresh weights.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(folder / WEIGHTS_FILE)
    except (OSError, ValueError, KeyError, RuntimeError, UserWarning) as error:
        raise ModelFolderError(
            f"{WEIGHTS_FILE} does not fit the network that {CONFIG_FILE} describes.",
            code="WEIGHTS_DO_NOT_FIT",
        ) from error
    if not all(np.isfinite(w).all() for w in network.get_weights()):
        raise ModelFolderError(
            f"{WEIGHTS_FILE} holds numbers that are not finite.", code="WEIGHTS_NOT_FINITE"
        )
    return network
