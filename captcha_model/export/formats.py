"""Models in the formats of other programs: one module for each format.

`onnx.py` is the format `onnx`. A module has `FORMAT`: the facts of the format and the function that
writes it. What a format needs is imported inside its functions, because only one format is written
at a time.
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
    """Return the facts of a format, after checking that it can hold models of these settings.

    Raises:
        ExportError: an unknown format, or a format that has no operations for the architecture.
        DependencyError: a package that the format needs is not installed.
    """
    if format_name not in FORMATS:
        raise ExportError(
            f"Unknown format {format_name!r}. Known: {', '.join(FORMATS)}", code="EXPORT_FORMAT"
        )
    FORMATS[format_name].check(config)
    return FORMATS[format_name]


def export_model(model: "CaptchaModel", format_name: str, path: str | os.PathLike[str]) -> Path:
    """Write a model in one of `FORMATS`; an earlier export at the path is replaced.

    Args:
        model: any model; not every format can hold every architecture.
        format_name: a name of `FORMATS`.
        path: a file with the suffix of the format, or a folder for `savedmodel`. The usual name is
            `FORMATS[format_name].name`.

    Returns:
        The path.

    Raises:
        ExportError: see `check_export`; or the path does not suit the format or is not free.
        DependencyError: see `check_export`.
    """
    chosen, target = check_export(format_name, model.config), Path(path)
    if chosen.suffix and (target.suffix != chosen.suffix or target.is_dir()):
        raise ExportError(
            f"The format {format_name} is a file whose name ends in {chosen.suffix}. "
            f"Received: {str(target)!r}",
            code="EXPORT_PATH",
        )
    chosen.write(model, target)
    return target
