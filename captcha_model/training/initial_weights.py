"""The weights that a training begins with, from a model that was trained before.

A network that was adapted to a few images has forgotten a part of what it knew of all others, among
them the images that it will read. Weights between those that it began with and those that it ended
with often read both better than either (M. Wortsman and others, "Robust fine-tuning of zero-shot
models", CVPR 2022); see `moved_back`.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from captcha_model.config import CaptchaConfig
from captcha_model.errors import ConfigError
from captcha_model.model import CaptchaModel
from captcha_model.networks import resolve_options
from captcha_model.networks.base import OUTPUT
from captcha_model.training.alphabet import beginnings

Weights = npt.NDArray[np.float32]


def initialise(network: keras.Model, config: CaptchaConfig, name: str) -> None:
    """Give a network the weights of a saved model, as far as they fit.

    All layers but the last one are copied. The last one has a row of weights for every class: those
    of the blank and of the characters that both models have are copied, and a character that the
    saved model does not have keeps its random row. Where the network tells only one case of letters
    and the saved model both, a letter gets the mean of the rows of both: labels often lack the case
    that the picture has.

    Args:
        network: with random weights.
        config: the settings that it was built from.
        name: what `CaptchaModel.from_pretrained` takes.

    Raises:
        ConfigError: the saved model has another network.
        CaptchaError: the saved model cannot be loaded.
    """
    saved = CaptchaModel.from_pretrained(name, runtime="keras")
    for setting, own, other in (
        ("architecture", config.architecture, saved.config.architecture),
        ("options", resolve_options(config), resolve_options(saved.config)),
        ("input size", config.network_shape, saved.config.network_shape),
    ):
        if own != other:
            raise ConfigError(
                f"The training cannot begin with {name!r}: its {setting} is {other!r:.200}, not "
                f"{own!r:.200}."
            )
    rows = _rows(config.characters, saved.config.characters)
    for layer, old in zip(network.layers, saved.network.layers, strict=True):
        weights = old.get_weights()
        if layer.name == OUTPUT and config.characters != saved.config.characters:
            pairs = zip(layer.get_weights(), weights, strict=True)
            weights = [_of_classes(new, trained, rows) for new, trained in pairs]
        layer.set_weights(weights)


def moved_back(
    network: keras.Model,
    start: Sequence[npt.NDArray[Any]],
    weight: float,
    images: int,
    config: CaptchaConfig,
    name: str,
) -> list[npt.NDArray[Any]]:
    """Return the mean of the weights that a training began with and those of the trained network.

    The fewer of the characters the saved model has, the less it counts. Their rows began at random
    where it does not have them, and stay as they were trained.

    Args:
        network: trained.
        start: the weights that it began with, in the order of `network.get_weights()`.
        weight: how many images they count for, if the saved model has all the characters.
        images: how many different ones the network was trained on; so many it counts for.
        config: the settings that the network was built from.
        name: of the saved model that it began with, as for `initialise`.

    Raises:
        CaptchaError: the saved model cannot be loaded.
    """
    known = CaptchaModel.from_pretrained(name).config.characters
    rows = _rows(config.characters, known)[1:]
    new = [number for number, row in enumerate(rows, 1) if not row]
    weight *= 1 - len(new) / len(rows)
    share = images / (weight + images)
    of_classes = {id(variable) for variable in network.get_layer(OUTPUT).weights}
    moved = []
    for variable, before, now in zip(network.weights, start, network.get_weights(), strict=True):
        if not np.issubdtype(now.dtype, np.floating):  # The state of random numbers.
            moved.append(now)
            continue
        between = before + share * (now - before)
        if new and id(variable) in of_classes:
            between[..., new] = now[..., new]
        moved.append(between)
    return moved


def _rows(characters: str, saved: str) -> list[list[int]]:
    """Return for every class, the blank first, those of the saved model that it begins with."""
    return [[0], *([1 + saved.index(c) for c in known] for known in beginnings(characters, saved))]


def _of_classes(new: Weights, old: Weights, rows: list[list[int]]) -> Weights:
    """Return the weights of the last layer, whose last axis is that of the classes."""
    fitted = new.copy()
    for row, sources in enumerate(rows):
        if sources:
            fitted[..., row] = old[..., sources].mean(axis=-1)
    return fitted
