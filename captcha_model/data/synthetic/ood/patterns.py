"""Kinds of images without text: flat and patterned sheets, noise, drawings, icons, photographs.

Each function draws one image from a random generator.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from captcha_model.data.synthetic.ood._canvas import (
    Random,
    between,
    random_colour,
    random_size,
    resized,
    sheet,
    to_image,
)
from captcha_model.errors import DependencyError

# Folders with images in packages that may be installed.
SHIPPED_IMAGES = {"matplotlib": "mpl-data/sample_data", "gradio": "media_assets/images"}
MIN_SHIPPED_SIDE = 200  # Smaller ones are logos.


def blank(random: Random) -> Image.Image:
    """One colour, with a little noise in half of the images."""
    common = random.choice([0, 128, 255], size=1)
    any_colour = random.integers(0, 256, random.choice([1, 3]))
    colour = common if random.random() < 0.4 else any_colour
    noise = random.normal(0, 2, (50, 200, 1)) * random.integers(2)
    return resized(to_image(np.zeros((50, 200, 3)) + colour + noise), random)


def gradient(random: Random) -> Image.Image:
    """A linear or a radial gradient between two colours."""
    x, y = np.meshgrid(np.linspace(-1, 1, 200), np.linspace(-1, 1, 50))
    angle = random.uniform(0, 2 * np.pi)
    linear = (np.cos(angle) * x + np.sin(angle) * y) / 3 + 0.5
    fractions = linear if random.random() < 0.6 else np.hypot(x - random.uniform(-1, 1), y) / 2
    return resized(to_image(between(fractions, random)), random)


def white_noise(random: Random) -> Image.Image:
    """Independent pixels: grey, colour, or black and white."""
    width, height = random_size(random)
    noise = random.integers(0, 256, (height, width, random.choice([1, 3])))
    limit = random.integers(20, 236)
    return to_image(np.where(noise > limit, 255, 0) if random.random() < 0.4 else noise)


def fractal_noise(random: Random) -> Image.Image:
    """Noise whose amplitude falls with the frequency, as in photographs."""
    width, height = random_size(random)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    frequency[0, 0] = 1
    layers = []
    for _ in range(random.choice([1, 3])):
        white = np.fft.fft2(random.normal(size=(height, width)))
        layer = np.fft.ifft2(white / frequency ** random.uniform(0.7, 1.6)).real
        layers.append(layer / layer.std())
    return to_image(random.uniform(70, 200) + random.uniform(20, 70) * np.stack(layers, axis=-1))


def stripes(random: Random) -> Image.Image:
    """Waves, bars and checkerboards."""
    x, y = np.meshgrid(np.arange(200), np.arange(50))
    angle, period = random.uniform(0, np.pi), random.uniform(3, 60)
    along = np.sin(2 * np.pi * (np.cos(angle) * x + np.sin(angle) * y) / period)
    across = np.sin(2 * np.pi * (np.cos(angle) * y - np.sin(angle) * x) / period)
    waves = (along, np.sign(along), np.sign(along * across), np.sign(along + across))
    wave = waves[random.integers(len(waves))]
    return resized(to_image(between((wave + 1) / 2, random)), random)


def shapes(random: Random) -> Image.Image:
    """Ellipses, rectangles and polygons of any colour, filled or outlined."""
    image = sheet(random)
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(1, 12)):
        points = random.random((4, 2)) * image.size
        colour = random_colour(random)
        style: dict[str, Any] = {"fill" if random.random() < 0.5 else "outline": colour}
        box = [*points[:2].min(axis=0).tolist(), *points[:2].max(axis=0).tolist()]
        shape = random.integers(3)
        if shape == 0:
            draw.rectangle(box, **style)
        elif shape == 1:
            draw.ellipse(box, **style)
        else:
            draw.polygon([tuple(point) for point in points.tolist()], **style)
    return image


def scribble(random: Random) -> Image.Image:
    """Dark lines and loops on light paper, like a signature."""
    image = sheet(random, light=True)
    draw = ImageDraw.Draw(image)
    time = np.linspace(0, 1, 120)
    for _ in range(random.integers(1, 5)):
        turns, starts = random.uniform(1, 9, (2, 4, 1)), random.uniform(0, 6, (2, 4, 1))
        waves = np.sin(2 * np.pi * turns * time + starts) * random.uniform(0, 1, (2, 4, 1))
        x, y = waves.sum(axis=1) / 5 + 0.5
        path = np.stack([(0.4 * x + 0.6 * time) * image.width, y * image.height], axis=1)
        ink = (int(random.integers(90)),) * 3
        draw.line([tuple(p) for p in path.tolist()], ink, int(random.integers(1, 5)))
    return image


def icon(random: Random) -> Image.Image:
    """A small symmetric pattern of a few large pixels, like a default avatar."""
    side = int(random.choice([5, 7, 8]))
    half = random.random((side, (side + 1) // 2)) < random.uniform(0.35, 0.65)
    pattern = np.concatenate([half, half[:, : side // 2][:, ::-1]], axis=1)
    colours = np.array([random_colour(random, light=True), random_colour(random)])
    image = to_image(colours[pattern.astype(int)])
    length = int(random.choice([16, 24, 32, 48]))
    return image.resize((length, length), Image.Resampling.NEAREST)


def photograph(random: Random) -> Image.Image:
    """A crop of a photograph or an image that an installed package ships.

    Raises:
        DependencyError: no package that ships images is installed.
    """
    shipped = _shipped_images()
    image = shipped[random.integers(len(shipped))]
    fraction = random.uniform(0.15, 1)
    width, height = (max(16, round(fraction * side)) for side in image.size)
    if random.random() < 0.5:
        height = max(8, min(height, width // 4))
    left = int(random.integers(image.width - width + 1))
    top = int(random.integers(image.height - height + 1))
    crop = image.crop((left, top, left + width, top + height))
    return crop.convert("L") if random.random() < 0.3 else crop


@functools.cache
def _shipped_images() -> tuple[Image.Image, ...]:
    """Return the images that installed packages ship for their own examples and tests."""
    paths: list[Path] = []
    for package, folder in SHIPPED_IMAGES.items():
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            files = sorted((Path(spec.origin).parent / folder).glob("*.*g"))
            paths += [file for file in files if file.suffix in (".png", ".jpg", ".jpeg")]
    images = []
    for path in paths:
        with Image.open(path) as opened:
            image = opened.convert("RGBA")
        if min(image.size) >= MIN_SHIPPED_SIDE:
            white = Image.new("RGBA", image.size, "white")
            images.append(Image.alpha_composite(white, image).convert("RGB"))
    if not images:
        raise DependencyError.missing("matplotlib", "train", "Drawing photographs")
    return tuple(images)
