"""What an architecture's file says about itself before its network is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from captcha_model.config import MAX_STEPS, CaptchaConfig
from captcha_model.decoding.heads import OutputHead
from captcha_model.errors import ConfigError

INPUT, OUTPUT = "image", "logits"
"""What the two ends of a network are called, in Keras and in its ONNX graph."""

Options = Mapping[str, int | float]


@dataclass(frozen=True)
class Architecture:
    """The facts of an architecture; none of them needs Keras.

    Attributes:
        output: what the logits mean; see `captcha_model.decoding.heads`.
        steps: from the settings and all options to the logits' number of steps T.
        left_to_right: whether the steps follow the image from left to right.
        recurrent: whether it has recurrent layers, which LiteRT's plain interpreter cannot run.
        options: each option's name with its smallest, largest and default value.
    """

    output: OutputHead
    steps: Callable[[CaptchaConfig, Options], int]
    left_to_right: bool
    recurrent: bool
    options: Mapping[str, tuple[float, float, float]]

    def resolve(self, config: CaptchaConfig) -> dict[str, int | float]:
        """Return every option, with the defaults filled in, after checking all of them.

        Raises:
            ConfigError: an unknown option, a value out of its bounds, or no usable number of steps.
        """
        for name, value in config.options.items():
            if name not in self.options:
                raise ConfigError(
                    f"{config.architecture} has no option {name!r}. Known: {sorted(self.options)}"
                )
            low, high, default = self.options[name]
            if not low <= value <= high or (type(default) is int and type(value) is not int):
                raise ConfigError(f"{name} goes from {low} to {high}. Received: {value!r}")
        resolved = {
            **{name: default for name, (_, _, default) in self.options.items()},
            **config.options,
        }
        if not 1 <= self.steps(config, resolved) <= MAX_STEPS:
            raise ConfigError(
                f"{config.height}x{config.width} pixels give {config.architecture} "
                "no usable number of time steps"
            )
        return resolved
