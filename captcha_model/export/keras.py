"""A `.keras` archive, which Keras loads without this package, with any of its backends."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model import networks
from captcha_model._utils.atomic_files import write_atomically
from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.export._format import NETWORK_GIVES, Format

if TYPE_CHECKING:
    import keras

    from captcha_model.model import CaptchaModel


def keras_archive(config: CaptchaConfig, network: "keras.Model") -> bytes:
    """Return a network as the bytes of a `.keras` archive.

    Args:
        config: the settings that `network` was built from.
        network: compiled or not; it is saved uncompiled, so that Keras can load it on its own.
    """
    plain = networks.build(config)
    plain.set_weights(network.get_weights())
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "model.keras"
        load_keras().saving.save_model(plain, archive)
        return archive.read_bytes()


def write(model: "CaptchaModel", path: Path) -> None:
    """Write the uncompiled network, without the vocabulary."""
    write_atomically(path, keras_archive(model.config, model.network))


FORMAT = Format(
    write=write,
    name="model.keras",
    usage='keras.saving.load_model("{path}")(images, training=False)',
    gives=NETWORK_GIVES,
)
