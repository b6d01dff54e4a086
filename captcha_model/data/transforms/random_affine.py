"""A random affine transform of training images.

Rotation, shear, zoom and shift are combined into one matrix, so that an image is interpolated only
once. Four steps would take four times as long, and each would blur the image.
"""

from collections.abc import Mapping

import numpy as np
from PIL import Image

from captcha_model.data.transforms.random_changes import Images

STRENGTHS = ("rotation", "shift_x", "shift_y", "zoom", "shear")


def transformed(
    images: Images, random: np.random.Generator, strengths: Mapping[str, float]
) -> Images:
    """Rotate, shear, zoom and shift every image about its centre, and extend its edges.

    Args:
        images: shape (N, C, H, W).
        random: decides the matrix of each image.
        strengths: any of `STRENGTHS`: the maximum rotation in degrees, the maximum shifts as
            fractions of the width and the height, the maximum zoom as a fraction of either side,
            and the tangent of the maximum shear angle.
    """
    count, channels, height, width = images.shape
    matrices = _matrices(count, height, width, random, strengths)
    # A black or white border would be a feature to learn from.
    border = _border(matrices, height, width)
    wide = np.pad(images, ((0, 0), (0, 0), (border, border), (border, border)), "edge")
    # Pillow's coordinates are those of the corners of pixels, not of their centres.
    matrices[:, :, 2] += border + 0.5 - matrices[:, :, :2].sum(axis=2) / 2
    result = np.empty_like(images)
    for n, coefficients in enumerate(matrices.reshape(count, 6).tolist()):
        for channel in range(channels):
            moved = Image.fromarray(wide[n, channel]).transform(
                (width, height), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
            )
            result[n, channel] = np.asarray(moved)
    return result


def _matrices(
    count: int,
    height: int,
    width: int,
    random: np.random.Generator,
    strengths: Mapping[str, float],
) -> np.ndarray:
    """Return matrices from a position (x, y, 1) of the result to one of the source: (N, 2, 3)."""
    draws = {name: random.uniform(-1, 1, count) * strengths.get(name, 0.0) for name in STRENGTHS}
    angle, shear = np.radians(draws["rotation"]), draws["shear"]
    zoom_x, zoom_y = 1 + draws["zoom"], 1 + random.uniform(-1, 1, count) * strengths.get("zoom", 0)
    cos, sin = np.cos(angle), np.sin(angle)
    # Zoom, shear, rotation.
    xx, xy = cos * zoom_x, (cos * shear - sin) * zoom_y
    yx, yy = sin * zoom_x, (sin * shear + cos) * zoom_y
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    to_x = centre_x + draws["shift_x"] * width - xx * centre_x - xy * centre_y
    to_y = centre_y + draws["shift_y"] * height - yx * centre_x - yy * centre_y
    return np.stack([xx, xy, to_x, yx, yy, to_y], axis=1).reshape(count, 2, 3)


def _border(matrices: np.ndarray, height: int, width: int) -> int:
    """Return how many pixels outside of an image the matrices reach."""
    corners = np.array([(x, y, 1) for x in (0, width - 1) for y in (0, height - 1)])
    reached = matrices @ corners.T
    outside = np.maximum(-reached, reached - np.array([[width - 1], [height - 1]]))
    # One more, because a position lies between two pixels.
    return max(0, int(np.ceil(outside.max()))) + 1
