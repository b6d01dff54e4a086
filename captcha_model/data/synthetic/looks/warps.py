"""Smooth distortions of a text, as a mesh of small tiles."""

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from captcha_model.data.synthetic.looks.canvas import Size
from captcha_model.data.synthetic.looks.chance import between, happens, pick
from captcha_model.data.synthetic.looks.layout import Layer

Floats: TypeAlias = npt.NDArray[np.float64]
Mesh: TypeAlias = list[tuple[tuple[int, int, int, int], tuple[float, ...]]]

_TILE = 12  # Pixels. Smaller tiles are smoother and slower.


def warp(layer: Layer, kind: str, strength: float, random: np.random.Generator) -> Layer:
    """Distort a text.

    Args:
        layer: the text.
        kind: one of `WARPS`.
        strength: the largest shift, as a fraction of the height.
        random: the source of randomness.

    Returns:
        The distorted text, of the same size.

    Raises:
        KeyError: the kind is unknown.
    """
    size = layer.mask.size
    mesh = _mesh(size, WARPS[kind], strength * size[1], random)
    mask = layer.mask.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    if len(layer.colours.getcolors(2) or ()) == 1:
        return Layer(mask, layer.colours)
    colours = layer.colours.transform(size, Image.Transform.MESH, mesh)
    return Layer(mask, colours)


def perspective_coefficients(
    seen: Sequence[tuple[float, float]], source: Sequence[tuple[float, float]]
) -> tuple[float, ...]:
    """Return the eight numbers with which Pillow takes four seen corners from a source's."""
    rows = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return tuple(np.linalg.solve(np.array(rows), np.array(source, float).ravel()).tolist())


def _mesh(
    size: Size,
    shifts: Callable[[Floats, Floats, Size, float, np.random.Generator], tuple[Floats, Floats]],
    reach: float,
    random: np.random.Generator,
) -> Mesh:
    """Return target boxes and the corners of their source, in Pillow's order."""
    columns = _cuts(size[0])
    rows = _cuts(size[1])
    x, y = np.meshgrid(columns.astype(float), rows.astype(float))
    right, down = shifts(x, y, size, reach, random)
    points = np.stack([x + right, y + down], axis=-1)
    corners = np.concatenate(
        [points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]], axis=-1
    ).tolist()
    x_cuts, y_cuts = columns.tolist(), rows.tolist()
    return [
        ((x_cuts[j], y_cuts[i], x_cuts[j + 1], y_cuts[i + 1]), tuple(corners[i][j]))
        for i in range(len(y_cuts) - 1)
        for j in range(len(x_cuts) - 1)
    ]


def _cuts(side: int) -> npt.NDArray[np.int_]:
    return np.linspace(0, side, max(2, round(side / _TILE)) + 1).round().astype(int)


def _sine(
    x: Floats, _: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Columns move up and down along a wave, as long as a few characters."""
    length = between(random, 1.2, 4) * size[1]
    down = reach * np.sin(2 * math.pi * x / length + between(random, 0, 2 * math.pi))
    return np.zeros_like(x), down


def _ripple(
    x: Floats, y: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Waves along both axes."""
    lengths = [max(3.0 * _TILE, between(random, 0.7, 2) * size[1]) for _ in range(2)]
    phases = [between(random, 0, 2 * math.pi) for _ in range(2)]
    right = 0.7 * reach * np.sin(2 * math.pi * y / lengths[0] + phases[0])
    down = 0.7 * reach * np.sin(2 * math.pi * x / lengths[1] + phases[1])
    return right, down


def _perspective(
    x: Floats, y: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """One side gets smaller and the text turns a little."""
    middle = (x / size[0] - 0.5, y / size[1] - 0.5)
    narrow = 2 * reach * between(random, -1, 1)
    turn = 2 * reach * between(random, -0.5, 0.5)
    # A pixel that is taken from farther outside makes the text smaller, never larger.
    down = 2 * middle[1] * (abs(narrow) + narrow * 2 * middle[0]) / 2 + turn * middle[0]
    right = 2 * reach * between(random, 0, 1) * middle[0] - turn * middle[1]
    return right, down


def _elastic(
    x: Floats, _: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Every point of a coarse grid moves on its own, those between follow."""
    small = (max(2, round(1.5 * size[1] / 30)), max(2, round(1.5 * size[0] / 30)))
    right, down = (
        np.asarray(
            Image.fromarray(random.uniform(-1, 1, small).astype(np.float32)).resize(
                (x.shape[1], x.shape[0]), Image.Resampling.BICUBIC
            ),
            np.float64,
        )
        for _ in range(2)
    )
    return reach * right, reach * down


def _water(
    x: Floats, y: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Rings around a point, as of a drop in water."""
    across = x - between(random, 0.2, 0.8) * size[0]
    down = y - between(random, 0.2, 0.8) * size[1]
    distance = np.hypot(across, down)
    length = max(3.0 * _TILE, between(random, 0.6, 1.4) * size[1])
    push = np.sin(2 * math.pi * distance / length + between(random, 0, 2 * math.pi))
    push *= 0.8 * reach / np.maximum(distance, 1)
    return push * across, push * down


def _swirl(
    x: Floats, y: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Everything turns around a point, less and less away from it."""
    across = x - between(random, 0.2, 0.8) * size[0]
    down = y - size[1] / 2
    wide = between(random, 0.5, 1.2) * size[1]
    turn = 3 * reach / size[1] * between(random, 0.5, 1) * pick(random, (-1, 1))
    turns = turn * np.exp(-(across**2 + down**2) / (2 * wide**2))
    return -turns * down, turns * across


def _lens(
    x: Floats, y: Floats, size: Size, reach: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """A part of the text is larger or smaller, as under a lens, often in the middle."""
    centre = size[0] / 2 if happens(random, 0.5) else between(random, 0.2, 0.8) * size[0]
    across = x - centre
    down = y - between(random, 0.35, 0.65) * size[1]
    wide = between(random, 0.5, 1.2) * size[1]
    push = pick(random, (-2, 2, 2)) * reach / size[1] * between(random, 0.4, 1)
    pull = push * np.exp(-(across**2 + down**2) / (2 * wide**2))
    return -pull * across, -pull * down


WARPS: dict[
    str, Callable[[Floats, Floats, Size, float, np.random.Generator], tuple[Floats, Floats]]
] = {
    "sine": _sine,
    "ripple": _ripple,
    "perspective": _perspective,
    "elastic": _elastic,
    "water": _water,
    "swirl": _swirl,
    "lens": _lens,
}
