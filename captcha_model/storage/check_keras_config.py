"""What Keras's own description of a network, `config.json`, may hold.

This package never builds a network from it, but people open the folder with Keras, and a model that
is read by ONNX Runtime is saved and pushed with the file that it came with. In a description there
can be a `Lambda` layer with bytecode, a function by its name, or a layer that reads a file.
"""

import json
import re

from captcha_model.errors import ModelFolderError

# Where the classes of plain layers are, and of what they are made.
_MODULES = ("keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints")
_OPERATIONS = "keras.src.ops."
_OTHERS = {("keras", "DTypePolicy"), ("keras.src.models.functional", "Functional")}
_MARKS = {"__keras_tensor__", "__slice__"}
# Of a class. Bytecode and functions stand under names of their own, such as "__lambda__" and
# "function", and Keras does not look at the module beside the first of them.
_NAME = re.compile(r"[A-Z][A-Za-z0-9]*", re.ASCII)
# Layers that run code which the file brings along, or that read other files.
_FORBIDDEN = {
    *("Lambda", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"),
    *("StringLookup", "IntegerLookup", "TextVectorization"),
}


def check_keras_config(data: bytes) -> None:
    """Check that a description holds nothing but Keras's plain layers.

    Args:
        data: the contents of `config.json`.

    Raises:
        ModelFolderError: it does, or it is not JSON.
    """
    try:
        left = [json.loads(data)]
    except (ValueError, RecursionError) as error:
        raise _refusal("is not valid JSON") from error
    # A list of what is left, because a file decides how deep it goes.
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
        # What is no text may be nested so deep that it cannot be shown.
        shown = ".".join(part[:80] if isinstance(part, str) else "?" for part in (module, name))
        raise _refusal(f"holds {shown!r}, which may run code or read files")


def _refusal(what: str) -> ModelFolderError:
    return ModelFolderError(
        f"Keras's description of the network, config.json, {what}.", code="KERAS_CONFIG_NOT_ALLOWED"
    )
