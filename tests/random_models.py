"""Small models of every architecture with random weights, whose readings are not empty."""

import numpy as np

from captcha_model import networks
from captcha_model._utils.keras_backend import load_keras
from captcha_model.config import CaptchaConfig
from captcha_model.model import CaptchaModel

CHARACTERS = "abcdef"
OPTIONS: dict[str, dict[str, int]] = {
    "crnn": {"filters": 4, "dense": 8, "lstm": 8},
    "general": {"filters": 4, "dense": 8, "lstm": 8},
    "gru": {"filters": 4, "dense": 8, "gru": 8},
    "keras-ctc": {"filters": 4, "dense": 8, "lstm": 8},
    "multi-head": {"filters": 4, "dense": 8, "places": 4},
    "residual": {"filters": 2, "lstm": 8},
}


def random_model(architecture: str, **settings) -> CaptchaModel:
    """Build a small model whose weights and moving averages are random and not small."""
    options = {**OPTIONS[architecture], **settings.pop("options", {})}
    size = {"height": 32, "width": 64}
    config = CaptchaConfig(
        CHARACTERS, architecture=architecture, options=options, **{**size, **settings}
    )
    load_keras().utils.set_random_seed(1)
    network = networks.build(config)
    rng = np.random.default_rng(1)
    # Behind its normalised images, larger weights would give logits in the thousands.
    spread = 0.15 if architecture == "general" else 0.4
    # A moving variance must be positive.
    network.set_weights(
        [
            rng.uniform(0.5, 2, w.shape)
            if v.name == "moving_variance"
            else w + rng.normal(0, spread, w.shape)
            for v, w in zip(network.weights, network.get_weights(), strict=True)
        ]
    )
    return CaptchaModel(config, network)
