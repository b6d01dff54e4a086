"""One `.keras` archive, which Keras opens without this package, on any of its backends."""

from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.checkpoint import keras_archive
from captcha_model.export._format import NETWORK_GIVES, Format
from captcha_model.files import write_atomically

if TYPE_CHECKING:
    from captcha_model.model import CaptchaModel


def write(model: "CaptchaModel", path: Path) -> None:
    """Write the network alone, uncompiled; the vocabulary is not in it."""
    write_atomically(path, keras_archive(model.config, model.network))


FORMAT = Format(
    write=write,
    name="model.keras",
    usage='keras.saving.load_model("{path}")(images, training=False)',
    gives=NETWORK_GIVES,
)
