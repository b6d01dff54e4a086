"""The networks that were screened for the default, and a short way to write such networks down.

A specification is a row of layers, with k for the side of a kernel and f for the filters:

| layer | what it is |
|---|---|
| `ck:f`, `cksn:f` | a convolution, with a stride of n both ways |
| `wk:f` | a depthwise convolution and one of 1x1: depthwise separable |
| `pyx` | the maximum over y rows and x columns; leftover rows count only where x is 1 |
| `du` | a dense layer of u units for each column, with dropout |
| `lu` | a bidirectional LSTM of u units each way, with dropout; what goes in goes past it too |
| `tk:f` | a convolution over k columns; what goes in goes past it too |

Before the first `d`, `l` or `t` each column becomes a time step; a dense layer gives the logits.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest import mock

from captcha_model import networks
from captcha_model.architecture import Architecture, Options
from captcha_model.config import CaptchaConfig
from captcha_model.networks._blocks import MOMENTUM, columns_to_steps, convolution
from captcha_model.networks.crnn import FIRST_BLANK_LOGIT
from captcha_model.outputs import CTC
from captcha_model.vocabulary import BLANK

if TYPE_CHECKING:
    import keras

DROPOUT = 0.2
DEFAULT = "default"


@dataclass(frozen=True)
class Candidate:
    """A network, and how it is trained where that is not the default.

    Attributes:
        spec: of the network; without one it is the package's own.
        options: of the package's own.
        training: settings other than the defaults.
    """

    spec: str = ""
    options: Mapping[str, int] = field(default_factory=dict)
    training: Mapping[str, float] = field(default_factory=dict)


CANDIDATES = {
    DEFAULT: Candidate(),
    "default, no aid": Candidate(training={"aid": 0.0}),
    "before": Candidate("c5s2:24 c3:36 p22 c3:72 p21 c3:96 p21 d96 l64"),
    "large": Candidate(options={"filters": 32, "dense": 96, "lstm": 64}),
    "A1": Candidate("c5s2:16 c3:32 p22 c3:48 p21 c3:64 p21 d64 l48"),
    "A3w": Candidate("c5s2:16 p22 c3:32 p21 c3:64 p21 c3:96 p21 d64 l48"),
    "A5": Candidate("c5s2:16 p22 c3:48 p21 c3:64 p21 d64 l48"),
    "A6b": Candidate("c5s2:16 p22 c3:48 p22 c3:64 c3:64 p21 d64 l48"),
    "a4b": Candidate("c5s2:16 p22 c3:32 c3:48 p21 c3:64 p22 d64 l48"),
    "T4": Candidate("c5s2:16 c3s2:32 c3:48 p21 c3:64 p21 d64 t5:64 t5:64"),
    "Dw": Candidate("c5s2:16 w3:32 p22 w3:64 p21 w3:96 p21 d96 l48"),
}


@dataclass(frozen=True)
class Layer:
    """One layer of a specification; what a kind does not have is 0, strides are 1."""

    kind: str
    units: int = 0
    kernel: int = 0
    strides: tuple[int, int] = (1, 1)


_PATTERNS = (
    r"(?P<kind>c)(?P<kernel>\d+)(s(?P<rows>\d))?:(?P<units>\d+)",
    r"(?P<kind>[wt])(?P<kernel>\d+):(?P<units>\d+)",
    r"(?P<kind>p)(?P<rows>\d)(?P<columns>\d)",
    r"(?P<kind>[dl])(?P<units>\d+)",
)


def parse(spec: str) -> tuple[Layer, ...]:
    """Return the layers of a specification.

    Raises:
        ValueError: a word is none of them, or one for pictures comes behind one for columns.
    """
    layers: list[Layer] = []
    for word in spec.split():
        found = next((m for p in _PATTERNS if (m := re.fullmatch(p, word))), None)
        if not found:
            raise ValueError(f"No layer: {word!r}")
        told = {name: value for name, value in found.groupdict().items() if value is not None}
        if told["kind"] in "cwp" and layers and layers[-1].kind in "dlt":
            raise ValueError(f"{word!r} is for pictures and comes behind {spec.split(word)[0]!r}")
        rows = int(told.get("rows", 1))
        strides = (rows, int(told.get("columns", rows)))
        units, kernel = int(told.get("units", 0)), int(told.get("kernel", 0))
        layers.append(Layer(told["kind"], units, kernel, strides))
    return tuple(layers)


def steps_of(layers: tuple[Layer, ...], width: int) -> int:
    """Return how many columns are left of an image: convolutions round up, maxima down."""
    for layer in layers:
        stride = layer.strides[1]
        width = width // stride if layer.kind == "p" else -(-width // stride)
    return width


def build(config: CaptchaConfig, layers: tuple[Layer, ...]) -> "keras.Model":
    """Build a network: images (N, H, W, C) from 0 to 1 to logits (N, T, classes)."""
    import keras
    from keras import layers as of_keras

    images = keras.Input(config.input_shape, name="image")
    x = images
    for layer in layers:
        if layer.kind in "dlt" and len(x.shape) == 4:
            x = columns_to_steps(x)
        x = _apply(x, layer)
    if len(x.shape) == 4:
        x = columns_to_steps(x)
    classes = config.vocabulary.classes
    head = of_keras.Dense(classes, dtype="float32", name="logits")
    logits = head(x)
    head.bias.assign(keras.ops.one_hot(BLANK, classes) * FIRST_BLANK_LOGIT)
    return keras.Model(images, logits, name="candidate")


@contextmanager
def installed(candidate: Candidate, characters: str) -> Iterator[CaptchaConfig]:
    """Let the package know a candidate's network meanwhile, as if it had a file of its own.

    Args:
        candidate: which one.
        characters: what it reads.

    Yields:
        Settings by which the package builds, trains and exports the network.
    """
    if not candidate.spec:
        yield CaptchaConfig(characters, options=candidate.options)
        return
    layers = parse(candidate.spec)

    def build_it(config: CaptchaConfig, options: Options) -> "keras.Model":  # noqa: ARG001
        return build(config, layers)

    facts = Architecture(
        output=CTC,
        steps=lambda config, options: steps_of(layers, config.width),  # noqa: ARG005
        left_to_right=True,
        recurrent=any(layer.kind == "l" for layer in layers),
        options={},
    )
    module = SimpleNamespace(ARCHITECTURE=facts, build=build_it)
    with mock.patch.object(networks, "_module", lambda name: module):  # noqa: ARG005
        yield CaptchaConfig(characters, architecture="candidate")


def _apply(x: "keras.KerasTensor", layer: Layer) -> "keras.KerasTensor":
    from keras import layers

    if layer.kind == "c":
        return convolution(x, layer.units, layer.kernel, layer.strides[0])
    if layer.kind == "w":
        x = layers.DepthwiseConv2D(layer.kernel, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))
        return convolution(x, layer.units, kernel=1)
    if layer.kind == "p":
        # As in the package's own network.
        padding = "same" if layer.strides[1] == 1 else "valid"
        return layers.MaxPooling2D(layer.strides, padding=padding)(x)
    if layer.kind == "d":
        return layers.Dropout(DROPOUT)(layers.Dense(layer.units, activation="relu")(x))
    if layer.kind == "l":
        both = layers.Bidirectional(layers.LSTM(layer.units, return_sequences=True))(x)
        return layers.Dropout(DROPOUT)(layers.Concatenate()([x, both]))
    seen = layers.Conv1D(layer.units, layer.kernel, padding="same", use_bias=False)(x)
    seen = layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(seen))
    return layers.Concatenate()([x, seen])
