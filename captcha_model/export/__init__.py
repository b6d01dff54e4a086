"""Models in the formats of other programs: one file a format, found by its name.

`onnx.py` is the format `onnx`; a file holds `FORMAT`, its facts and the function that writes it.
What a format needs is imported inside its functions, because only one of them is ever used at once.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ExportError
from captcha_model.export import keras, litert, onnx, savedmodel
from captcha_model.export._format import Format

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "keras": keras.FORMAT,
        "onnx": onnx.FORMAT,
        "savedmodel": savedmodel.FORMAT,
        "litert": litert.FORMAT,
    }
)


def check_export(format_name: str, config: CaptchaConfig) -> Format:
    """Return a format's facts, after checking that models of these settings can go into it.

    Raises:
        ExportError: an unknown format, or one that has no operations for the architecture.
        DependencyError: a package that the format needs is not installed.
    """
    if format_name not in FORMATS:
        raise ExportError(
            f"Unknown format {format_name!r}. Known: {', '.join(FORMATS)}", code="EXPORT_FORMAT"
        )
    FORMATS[format_name].check(config)
    return FORMATS[format_name]


def export_model(model: "CaptchaModel", format_name: str, path: str | os.PathLike[str]) -> Path:
    """Write a model in one of `FORMATS`; an earlier export there is replaced whole.

    Args:
        model: any model; not every architecture goes into every format.
        format_name: a name of `FORMATS`.
        path: a file with the format's suffix, or for `savedmodel` a folder. The usual name is
            `FORMATS[format_name].name`.

    Returns:
        The path.

    Raises:
        ExportError: see `check_export`; or a path that does not suit the format or is in use.
        DependencyError: see `check_export`.
    """
    chosen, target = check_export(format_name, model.config), Path(path)
    if chosen.suffix and (target.suffix != chosen.suffix or target.is_dir()):
        raise ExportError(
            f"The format {format_name} is one file whose name ends in {chosen.suffix}. "
            f"Received: {str(target)!r}",
            code="EXPORT_PATH",
        )
    chosen.write(model, target)
    return target
