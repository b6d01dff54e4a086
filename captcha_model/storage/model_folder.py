"""The contents of a saved model folder, and how they are written and read.

| file | contents |
|---|---|
| `captcha_config.json` | our settings and the checksums; see `captcha_model.storage.manifest` |
| `config.json`, `metadata.json`, `model.weights.h5` | the uncompiled network as Keras saves it |
| `model.onnx` | the network as an ONNX graph; see `captcha_model.export.onnx` |
| `model.int8.onnx` | the same in 8 bits, if it has one; see `captcha_model.export.onnx_8bit` |
| `README.md` and any other file | the model card, its plot and its facts |

`metadata.json` and the graphs also hold copies of the settings; see
`captcha_model.storage.settings_copies`.

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
from captcha_model.runtimes.onnx_session import SessionSettings
from captcha_model.storage.check_keras_config import check_keras_config
from captcha_model.storage.check_keras_weights import load_weights
from captcha_model.storage.check_onnx import check_graph
from captcha_model.storage.manifest import (
    CONFIG_FILE,
    KERAS_CONFIG,
    KERAS_FILES,
    KERAS_METADATA,
    ONNX_8_BIT_FILE,
    ONNX_FILE,
    WEIGHTS_FILE,
    Fingerprint,
    Manifest,
    read_checked,
)
from captcha_model.storage.settings_copies import check_graph_copy, check_keras_copy, with_copy

if TYPE_CHECKING:
    import keras

_GRAPHS = frozenset({ONNX_FILE, ONNX_8_BIT_FILE})
_BYTES_PER_WEIGHT = 4  # Weights are float32.


@dataclass(frozen=True)
class NetworkFiles:
    """A network in all the forms that a folder holds.

    Attributes:
        contents: the bytes of each of `NETWORK_FILES`, and of the graph in 8 bits if there is one.
        fingerprints: the fingerprint of each of them.
        opset: the opset of the ONNX graph.
    """

    contents: Mapping[str, bytes]
    fingerprints: Mapping[str, Fingerprint]
    opset: int

    @classmethod
    def of(cls, config: CaptchaConfig, network: "keras.Model") -> "NetworkFiles":
        """Convert a network that was built from `config`, compiled or not.

        Raises:
            DependencyError: a package that writes ONNX is not installed.
            ExportError: Keras does not run on TensorFlow.
            ModelFolderError: its weights are not finite, or it has layers that no reader accepts.
        """
        graph = to_onnx(config, network)
        with zipfile.ZipFile(io.BytesIO(keras_archive(config, network))) as archive:
            contents = {name: archive.read(name) for name in KERAS_FILES}
        # What could not be loaded again must not be saved.
        check_keras_config(contents[KERAS_CONFIG])
        check_graph(graph)
        contents[ONNX_FILE] = graph
        contents[KERAS_METADATA] = with_copy(contents[KERAS_METADATA], config)
        return cls(contents, {n: Fingerprint.of(data) for n, data in contents.items()}, OPSET)

    @classmethod
    def copied_from(cls, folder: Path, manifest: Manifest) -> "NetworkFiles":
        """Read the files of a saved folder.

        Raises:
            ModelFolderError: see `read_contents`; or there is no ONNX graph.
        """
        if manifest.opset is None:
            raise ModelFolderError(f"{folder} lacks {ONNX_FILE}.", code="WEIGHTS_MISSING")
        contents, fingerprints = read_contents(folder, manifest), dict(manifest.files)
        metadata = with_copy(contents[KERAS_METADATA], manifest.config)
        if metadata != contents[KERAS_METADATA]:
            contents[KERAS_METADATA] = metadata
            fingerprints[KERAS_METADATA] = Fingerprint.of(metadata)
        return cls(contents, fingerprints, manifest.opset)


def check_target(folder: Path) -> None:
    """Check that a model may be saved to a path.

    Raises:
        ModelFolderError: it is a file, or a folder that is neither empty nor a model.
    """
    if not is_free(folder, CONFIG_FILE):
        raise ModelFolderError(
            f"{folder} exists and is not a saved model, so it is not replaced. Choose another "
            "folder.",
            code="DESTINATION_NOT_EMPTY",
        )


def save_folder(
    folder: Path, config: CaptchaConfig, network: NetworkFiles, others: Mapping[str, bytes]
) -> None:
    """Write a model folder beside `folder` and swap it in, so that a crash leaves no partial one.

    Args:
        folder: the destination; an earlier model folder there is replaced whole.
        config: the settings that the network was built from.
        network: its files.
        others: the contents of the other files, by their names: the model card and its facts.

    Raises:
        ModelFolderError: see `check_target`; or the network was saved with other settings.
    """
    check_target(folder)
    _check_copies(network.contents, config)
    manifest = Manifest(config, network.fingerprints, network.opset)
    with replaced_folder(folder) as fresh:
        for name, data in {**others, **network.contents}.items():
            (fresh / name).write_bytes(data)
        (fresh / CONFIG_FILE).write_text(manifest.to_json(), encoding="utf-8")


def load_onnx(
    folder: Path,
    manifest: Manifest,
    name: str = ONNX_FILE,
    session: SessionSettings = SessionSettings(),  # noqa: B008 It is immutable.
) -> OnnxRuntime:
    """Open a saved network's ONNX graph, after checking its SHA-256.

    Args:
        folder: the model's folder.
        manifest: the manifest of the same folder.
        name: of the graph's file.
        session: how ONNX Runtime runs it.

    Raises:
        ModelFolderError: the file is missing or damaged, or the graph does not match the settings.
        ConfigError: there is no such execution provider or option.
        DependencyError: ONNX Runtime is not installed.
    """
    graph = read_checked(folder, name, manifest)
    check_graph(graph)
    runtime = OnnxRuntime(graph, manifest.config, session)
    # After the shapes, whose errors say more.
    check_graph_copy(graph, manifest.config, name)
    return runtime


def load_network(folder: Path, manifest: Manifest) -> "keras.Model":
    """Build a saved network with our code and load its weights, after checking their SHA-256.

    Args:
        folder: the model's folder.
        manifest: the manifest of the same folder.

    Raises:
        ModelFolderError: a file is missing or damaged, or the weights do not match the network.
        ConfigError: the architecture or its options are not valid.
        DependencyError: Keras is not installed.
    """
    check_keras_config(read_checked(folder, KERAS_CONFIG, manifest))
    weights = read_checked(folder, WEIGHTS_FILE, manifest)
    count = networks.count_parameters(manifest.config)
    # Before memory is allocated: settings within their bounds can describe terabytes.
    if len(weights) < _BYTES_PER_WEIGHT * count:
        raise ModelFolderError(
            f"{CONFIG_FILE} describes a network with {count} weights for "
            f"{len(manifest.config.vocabulary)} characters, but {WEIGHTS_FILE} has only "
            f"{len(weights)} bytes.",
            code="WEIGHTS_SHAPE_MISMATCH",
        )
    network = networks.build(manifest.config)
    load_weights(network, weights)
    check_keras_copy(read_checked(folder, KERAS_METADATA, manifest), manifest.config)
    return network


def read_contents(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    """Return the contents of the files that hold a saved network, if they may be passed on.

    Args:
        folder: the model's folder.
        manifest: the manifest of the same folder.

    Raises:
        ModelFolderError: a file is missing or damaged, or may run code, or the network was saved
            with other settings.
    """
    contents = {name: read_checked(folder, name, manifest) for name in manifest.files}
    check_keras_config(contents[KERAS_CONFIG])
    for name in _GRAPHS & contents.keys():
        check_graph(contents[name])
    _check_copies(contents, manifest.config)
    return contents


def _check_copies(contents: Mapping[str, bytes], config: CaptchaConfig) -> None:
    check_keras_copy(contents[KERAS_METADATA], config)
    for name in _GRAPHS & contents.keys():
        check_graph_copy(contents[name], config, name)
