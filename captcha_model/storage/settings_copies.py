"""Copies of the settings in the files of a network, compared with `captcha_config.json`.

A program may write other settings with a checksum that fits, such as the same characters in another
order, with which the network reads other texts. So `model.onnx` and Keras's `metadata.json` hold
the settings that the network was saved with, without the calibration, the number of views and
closer looks, which may change later: the network is the same for all of them.
Files that were saved before format 4 may lack the copy.
"""

import json
from collections.abc import Iterator
from typing import Any

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError, ModelFolderError
from captcha_model.export.onnx import SETTINGS, network_settings
from captcha_model.storage._protobuf import read_fields
from captcha_model.storage.manifest import CONFIG_FILE, KERAS_METADATA, ONNX_FILE

_MAX_METADATA_BYTES = 2**20
_PROPERTIES = 14  # Of a model; a property has a key, field 1, and a value, field 2.


def with_copy(metadata: bytes, config: CaptchaConfig) -> bytes:
    """Return Keras's `metadata.json` with a copy of the settings, unless it has one.

    Keras ignores it.

    Raises:
        ModelFolderError: the file is not a JSON object.
    """
    values = _parse(metadata)
    if SETTINGS in values:
        return metadata
    return json.dumps({**values, SETTINGS: network_settings(config).to_dict()}).encode()


def check_keras_copy(metadata: bytes, config: CaptchaConfig) -> None:
    """Compare settings with the copy in `metadata.json`, if it has one.

    Raises:
        ModelFolderError: they differ, or the file is not a JSON object.
    """
    values = _parse(metadata)
    if SETTINGS in values:
        _compare(values[SETTINGS], config, KERAS_METADATA)


def check_graph_copy(graph: bytes, config: CaptchaConfig, name: str = ONNX_FILE) -> None:
    """Compare settings with the copy in an ONNX graph that was checked, if it has one.

    Args:
        graph: the bytes of the file.
        config: the settings of the same folder.
        name: of the file.

    Raises:
        ModelFolderError: they differ.
    """
    for copy in _copies(graph):
        try:
            values = json.loads(copy)
        except (ValueError, RecursionError) as error:
            raise _mismatch(name, "something else") from error
        _compare(values, config, name)


def _copies(graph: bytes) -> Iterator[bytes]:
    """Iterate over the copies in a graph; a hostile one may have several."""
    for number, _, value in read_fields(memoryview(graph)):
        if number == _PROPERTIES and isinstance(value, memoryview):
            fields = {n: bytes(v) for n, _, v in read_fields(value) if isinstance(v, memoryview)}
            if fields.get(1) == SETTINGS.encode():
                yield fields.get(2, b"")


def _parse(metadata: bytes) -> dict[str, Any]:
    try:
        values = json.loads(metadata) if len(metadata) <= _MAX_METADATA_BYTES else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ModelFolderError(
            f"{KERAS_METADATA} is not a JSON object as Keras writes it.", code="WEIGHTS_INVALID"
        )
    return values


def _compare(copy: Any, config: CaptchaConfig, name: str) -> None:
    try:
        saved = network_settings(CaptchaConfig.from_dict(copy)).to_dict()
    except ConfigError as error:
        raise _mismatch(name, "something else") from error
    given = network_settings(config).to_dict()
    for key in given:
        if given[key] != saved[key]:
            ours, theirs = (f"{key} {values[key]!r:.200}" for values in (given, saved))
            raise _mismatch(name, theirs, ours)


def _mismatch(name: str, saved: str, given: str = "other settings") -> ModelFolderError:
    return ModelFolderError(
        f"{CONFIG_FILE} has {given}, but {name} was saved with {saved}. Copy or download the model "
        "again.",
        code="SETTINGS_MISMATCH",
    )
