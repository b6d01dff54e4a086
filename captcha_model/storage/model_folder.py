"""What a saved model folder holds, and how it is written and read.

| file | holds |
|---|---|
| `captcha_config.json` | our settings and the checksums; see `captcha_model.storage.manifest` |
| `config.json`, `metadata.json`, `model.weights.h5` | the uncompiled network as Keras saves it |
| `model.onnx` | the network as an ONNX graph; see `captcha_model.export.onnx` |
| `README.md` and what else there is | the model card and its facts |

For Keras the network is always built by our own code from `captcha_config.json`; of Keras's files
only the weights are read. Keras itself can open the folder too, without this package.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model._utils.atomic_files import is_free, replaced_folder
from captcha_model.config import CaptchaConfig
from captcha_model.errors import ModelFolderError
from captcha_model.export.keras import keras_archive
from captcha_model.export.onnx import OPSET, to_onnx
from captcha_model.runtimes.onnx import OnnxRuntime
from captcha_model.storage.check_keras_config import check_keras_config
from captcha_model.storage.check_keras_weights import load_weights
from captcha_model.storage.check_onnx import check_graph
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_CONFIG,
    KERAS_FILES,
    ONNX_FILE,
    WEIGHTS_FILE,
    Fingerprint,
    Manifest,
    read_checked,
    read_manifest,
)

if TYPE_CHECKING:
    import keras

_BYTES_OF_A_NUMBER = 4  # Weights are float32.


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
            ModelFolderError: its numbers are not finite, or it is of parts that no reader takes.
        """
        graph = to_onnx(config, network)
        with zipfile.ZipFile(io.BytesIO(keras_archive(config, network))) as archive:
            contents = {name: archive.read(name) for name in KERAS_FILES}
        # What could not be loaded again must not be saved.
        check_keras_config(contents[KERAS_CONFIG])
        check_graph(graph)
        return cls({**contents, ONNX_FILE: graph}, OPSET)

    @classmethod
    def copied_from(cls, folder: Path) -> "NetworkFiles":
        """Take the files from a saved folder.

        Raises:
            ModelFolderError: see `read_contents`.
            ConfigError: the settings are not valid.
        """
        contents, opset = read_contents(folder), read_manifest(folder).opset
        if opset is None:
            raise ModelFolderError(f"{folder} lacks {ONNX_FILE}.", code="WEIGHTS_MISSING")
        return cls(contents, opset)


def check_target(folder: Path) -> None:
    """Check that a model folder may be written to a place.

    Raises:
        ModelFolderError: it is a file, or a folder that is neither empty nor a model.
    """
    if not is_free(folder, CONFIG_FILE):
        raise ModelFolderError(
            f"{folder} is in the way: it is not a saved model, and it is not replaced.",
            code="DESTINATION_NOT_EMPTY",
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


def load_onnx(folder: Path) -> OnnxRuntime:
    """Open a saved network's ONNX graph, after checking its SHA-256.

    Raises:
        ModelFolderError: a file is missing or damaged, or the graph does not fit the settings.
        ConfigError: the settings are not valid.
        DependencyError: ONNX Runtime is not installed.
    """
    manifest = read_manifest(folder)
    graph = read_checked(folder, ONNX_FILE, manifest)
    check_graph(graph)
    return OnnxRuntime(graph, manifest.config)


def load_network(folder: Path) -> "keras.Model":
    """Build a saved network from our code and load its weights, after checking their SHA-256.

    Raises:
        ModelFolderError: a file is missing or damaged, or the weights do not fit the network.
        ConfigError: the settings are not valid.
        DependencyError: Keras is not installed.
    """
    manifest = read_manifest(folder)
    check_keras_config(read_checked(folder, KERAS_CONFIG, manifest))
    weights = read_checked(folder, WEIGHTS_FILE, manifest)
    count = networks.count_parameters(manifest.config)
    # Before there is room for them: settings within their bounds can describe terabytes.
    if len(weights) < _BYTES_OF_A_NUMBER * count:
        raise ModelFolderError(
            f"{CONFIG_FILE} describes a network of {count} numbers for "
            f"{len(manifest.config.vocabulary)} characters, and {WEIGHTS_FILE}, of "
            f"{len(weights)} bytes, cannot hold them.",
            code="WEIGHTS_SHAPE_MISMATCH",
        )
    network = networks.build(manifest.config)
    load_weights(network, weights)
    return network


def read_contents(folder: Path) -> dict[str, bytes]:
    """Return what the files hold that a saved network is in, if they may be passed on.

    Raises:
        ModelFolderError: a file is missing or damaged, or may run code.
        ConfigError: the settings are not valid.
    """
    manifest = read_manifest(folder)
    contents = {name: read_checked(folder, name, manifest) for name in manifest.files}
    check_keras_config(contents[KERAS_CONFIG])
    if ONNX_FILE in contents:
        check_graph(contents[ONNX_FILE])
    return contents
