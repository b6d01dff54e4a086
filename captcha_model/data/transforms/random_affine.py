"""A random affine transform of training images.

Rotation, shear, zoom and shift are combined into one matrix, so that an image is interpolated only
once. Four layers in a row would take four times as long, and each would blur the image.
"""

import math
from collections.abc import Mapping
from typing import Any

from keras import ops

from captcha_model.data.transforms.random_layers import RandomLayer

STRENGTHS = ("rotation", "shift_x", "shift_y", "zoom", "shear")


class RandomAffine(RandomLayer):
    """Rotates, shears, zooms and shifts every image about its centre, and extends its edges.

    Args:
        strengths: any of `STRENGTHS`: the maximum rotation in degrees, the maximum shifts as
            fractions of the width and the height, the maximum zoom as a fraction of either side,
            and the tangent of the maximum shear angle.
    """

    def __init__(self, strengths: Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(1.0, **kwargs)
        self.strengths = dict(strengths)

    def change(self, images: Any) -> Any:
        """Transform each image by its own random matrix."""
        _, height, width, _ = images.shape
        angle = self._uniform(images, "rotation") * (math.pi / 180)
        shear = self._uniform(images, "shear")
        zoom_x, zoom_y = (1 + self._uniform(images, "zoom") for _ in range(2))
        cos, sin = ops.cos(angle), ops.sin(angle)
        # From an output position to its input position: zoom, shear, rotation.
        xx, xy = cos * zoom_x, (cos * shear - sin) * zoom_y
        yx, yy = sin * zoom_x, (sin * shear + cos) * zoom_y
        centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
        to_x = centre_x + self._uniform(images, "shift_x") * width - xx * centre_x - xy * centre_y
        to_y = centre_y + self._uniform(images, "shift_y") * height - yx * centre_x - yy * centre_y
        zero = ops.zeros_like(xx)
        return ops.image.affine_transform(
            images,
            ops.stack([xx, xy, to_x, yx, yy, to_y, zero, zero], axis=1),
            interpolation="bilinear",
            # A black or white border would be a feature to learn from.
            fill_mode="nearest",
            data_format="channels_last",
        )

    def _uniform(self, images: Any, name: str) -> Any:
        """Return a random number between -strength and strength for each image: shape (N,)."""
        strength = self.strengths.get(name, 0.0)
        return ops.reshape(self.uniform(images, -strength, strength), (-1,))
