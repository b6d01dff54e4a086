"""What Keras's description of a network, `config.json`, may hold.

This package never builds a network from it, so Keras's own checks do not run. But people open the
folder with Keras, also with old versions or without its safe mode, and a model that ONNX Runtime
reads is saved and pushed with the file that it came with. A description can hold a `Lambda` layer
with bytecode, the name of a function, or a layer that reads a file.
"""

import json
import re

from captcha_model.errors import ModelFolderError

# The modules of plain layers and of their parts.
_MODULES = ("keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints")
_OPERATIONS = "keras.src.ops."
_OTHERS = {("keras", "DTypePolicy"), ("keras.src.models.functional", "Functional")}
_MARKS = {"__keras_tensor__", "__slice__"}
# The name of a class. Bytecode and functions have names of their own, such as "__lambda__" and
# "function", and for the first of them Keras ignores the module.
_NAME = re.compile(r"[A-Z][A-Za-z0-9]*", re.ASCII)
# Layers that run code from the file, or that read other files.
_FORBIDDEN = {
    *("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"),
    *("StringLookup", "IntegerLookup", "TextVectorization"),
}


def check_keras_config(data: bytes) -> None:
    """Check that a description holds only plain layers of Keras.

    Args:
        data: the contents of `config.json`.

    Raises:
        ModelFolderError: it holds something else, or it is not JSON.
    """
    try:
        left = [json.loads(data)]
    except (ValueError, RecursionError) as error:
        raise _not_allowed("is not valid JSON") from error
    # Not a recursion, because the file decides how deep it is nested.
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check_class(value)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


def _check_class(value: dict[str, object]) -> None:
    module, name = value.get("module"), value["class_name"]
    if module is None and isinstance(name, str) and name in _MARKS:
        return
    plain = (
        isinstance(module, str)
        and isinstance(name, str)
        and _NAME.fullmatch(name)
        and name not in _FORBIDDEN
        and (module in _MODULES or module.startswith(_OPERATIONS) or (module, name) in _OTHERS)
    )
    if not plain:
        # A value that is not a text may be nested too deeply to be shown.
        shown = ".".join(part[:80] if isinstance(part, str) else "?" for part in (module, name))
        raise _not_allowed(f"holds {shown!r}, which may run code or read files")


def _not_allowed(what: str) -> ModelFolderError:
    return ModelFolderError(
        f"Keras's description of the network, config.json, {what}.", code="KERAS_CONFIG_NOT_ALLOWED"
    )
