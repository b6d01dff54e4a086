"""The weights that a training starts with, from a model that was saved before."""

import keras

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.model import CaptchaModel
from captcha_model.networks import resolve_options


def start_from(network: keras.Model, config: CaptchaConfig, name: str) -> None:
    """Give a network the weights of a saved model.

    Args:
        network: with random weights.
        config: the settings that it was built from.
        name: what `CaptchaModel.from_pretrained` takes.

    Raises:
        ConfigError: the saved model has another network or other characters.
        CaptchaError: the saved model cannot be loaded.
    """
    saved = CaptchaModel.from_pretrained(name, runtime="keras")
    for setting, own, other in (
        ("architecture", config.architecture, saved.config.architecture),
        ("options", resolve_options(config), resolve_options(saved.config)),
        ("characters", config.characters, saved.config.characters),
        ("input size", config.network_shape, saved.config.network_shape),
    ):
        if own != other:
            raise ConfigError(
                f"The training cannot start from {name!r}: its {setting} is {other!r:.200}, not "
                f"{own!r:.200}."
            )
    network.set_weights(saved.network.get_weights())
