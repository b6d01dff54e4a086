"""One random change of an image's geometry, for training images.

Rotation, shear, zoom and shift are one matrix, so that an image is interpolated once: layer after
layer it would take four times as long and blur every time.
"""

import math
from collections.abc import Mapping
from typing import Any

from keras import ops

from captcha_model.data.transforms.random_layers import RandomLayer

STRENGTHS = ("rotation", "shift_x", "shift_y", "zoom", "shear")


class RandomAffine(RandomLayer):
    """Turns, slants, stretches and moves every image about its middle; edges are continued.

    Args:
        strengths: those of `STRENGTHS` that are wanted: the largest angle in degrees, the largest
            shifts as shares of the width and the height, the largest change of either side as a
            share, and the tangent of the largest slant.
    """

    def __init__(self, strengths: Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(1.0, **kwargs)
        self.strengths = dict(strengths)

    def change(self, images: Any) -> Any:
        """Change each image by a matrix of its own."""
        _, height, width, _ = images.shape
        angle = self._up_to(images, "rotation") * (math.pi / 180)
        slant = self._up_to(images, "shear")
        stretch_x, stretch_y = (1 + self._up_to(images, "zoom") for _ in range(2))
        cos, sin = ops.cos(angle), ops.sin(angle)
        # From a place of the result to the one it is taken from: stretched, slanted, turned.
        xx, xy = cos * stretch_x, (cos * slant - sin) * stretch_y
        yx, yy = sin * stretch_x, (sin * slant + cos) * stretch_y
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        to_x = middle_x + self._up_to(images, "shift_x") * width - xx * middle_x - xy * middle_y
        to_y = middle_y + self._up_to(images, "shift_y") * height - yx * middle_x - yy * middle_y
        none = ops.zeros_like(xx)
        return ops.image.affine_transform(
            images,
            ops.stack([xx, xy, to_x, yx, yy, to_y, none, none], axis=1),
            interpolation="bilinear",
            # A black or white border would be a hint of its own.
            fill_mode="nearest",
            data_format="channels_last",
        )

    def _up_to(self, images: Any, name: str) -> Any:
        """Return a number for each image, of either sign and up to a strength: shape (N,)."""
        largest = self.strengths.get(name, 0.0)
        return ops.reshape(self.uniform(images, -largest, largest), (-1,))
