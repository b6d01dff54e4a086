"""What the file of an architecture says about it without building its network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from captcha_model.config import MAX_STEPS, CaptchaConfig
from captcha_model.decoding.heads import OutputHead
from captcha_model.errors import ConfigError

INPUT, OUTPUT = "image", "logits"
"""The names of a network's input and output, in Keras and in its ONNX graph."""
LSTM_8_BIT, CONTRIBUTED = "DynamicQuantizeLSTM", "com.microsoft"
"""An operator of ONNX Runtime, and its domain; see `captcha_model.export.onnx_8bit_lstm`."""
STEP_WIDTH = 4
"""The columns of the input that make a time step of a network that reads images of any width."""

Options = Mapping[str, int | float]


@dataclass(frozen=True)
class Architecture:
    """The facts of an architecture; none of them needs Keras.

    Attributes:
        output: the meaning of the logits; see `captcha_model.decoding.heads`.
        steps: returns the number of time steps T of the logits, from the settings and all options;
            with the resize "scale" that of the widest images.
        left_to_right: whether the steps follow the image from left to right.
        recurrent: whether it has recurrent layers, which LiteRT's own operations cannot run.
        options: the smallest, the largest and the default value of each option, by its name.
        origin: where it comes from, as a sentence of Markdown for the model card.
        any_width: whether it also reads images that differ in width, with the resize "scale".
            It then has a time step for every `STEP_WIDTH` columns.
    """

    output: OutputHead
    steps: Callable[[CaptchaConfig, Options], int]
    left_to_right: bool
    recurrent: bool
    options: Mapping[str, tuple[float, float, float]]
    origin: str
    any_width: bool = False

    def resolve(self, config: CaptchaConfig) -> dict[str, int | float]:
        """Check the options of a config, and return all options with the defaults filled in.

        Raises:
            ConfigError: an unknown option, a value out of its bounds, a number of steps that is 0
                or too large, or the resize "scale" without `any_width`.
        """
        if config.any_width and not self.any_width:
            raise ConfigError(
                f"{config.architecture} reads images of one width only, so the resize 'scale' is "
                "not possible with it. Take 'stretch' or 'pad', or the architecture 'general'."
            )
        for name, value in config.options.items():
            if name not in self.options:
                raise ConfigError(
                    f"{config.architecture} has no option {name!r}. Known: {sorted(self.options)}"
                )
            low, high, default = self.options[name]
            if not low <= value <= high or (type(default) is int and type(value) is not int):
                raise ConfigError(f"{name} must be from {low} to {high}. Received: {value!r}")
        resolved = {
            **{name: default for name, (_, _, default) in self.options.items()},
            **config.options,
        }
        if not 1 <= self.steps(config, resolved) <= MAX_STEPS:
            raise ConfigError(
                f"An input of {config.height}x{config.width} pixels gives {config.architecture} "
                f"a number of time steps that is not from 1 to {MAX_STEPS}."
            )
        return resolved
