"""Kinds of strangers without text: plain and patterned sheets, noise, drawings, icons, photographs.

`strangers.py` gathers them; each function draws one image from a random generator.
"""

import functools
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Random = np.random.Generator

USUAL = (200, 50)
SIZES = (
    *((16, 16), (32, 32), (64, 64), (100, 40), (128, 32), (160, 60), (180, 70), (300, 75)),
    *((320, 240), (120, 200), (640, 120), (480, 40)),
)
SMALLEST = 200  # Shipped pictures with a shorter side are logos.
SHIPPED = {"matplotlib": "mpl-data/sample_data", "gradio": "media_assets/images"}


def blank(random: Random) -> Image.Image:
    """One colour, with a little noise in every other image."""
    usual = random.choice([0, 128, 255], size=1)
    any_colour = random.integers(0, 256, random.choice([1, 3]))
    colour = usual if random.random() < 0.4 else any_colour
    noise = random.normal(0, 2, (50, 200, 1)) * random.integers(2)
    return sized(picture(np.zeros((50, 200, 3)) + colour + noise), random)


def gradient(random: Random) -> Image.Image:
    """From one colour to another, straight or around a point."""
    x, y = np.meshgrid(np.linspace(-1, 1, 200), np.linspace(-1, 1, 50))
    angle = random.uniform(0, 2 * np.pi)
    straight = (np.cos(angle) * x + np.sin(angle) * y) / 3 + 0.5
    share = straight if random.random() < 0.6 else np.hypot(x - random.uniform(-1, 1), y) / 2
    return sized(picture(_between(share, random)), random)


def white_noise(random: Random) -> Image.Image:
    """Every pixel by itself: grey, colour, or black and white."""
    width, height = size_of(random)
    noise = random.integers(0, 256, (height, width, random.choice([1, 3])))
    limit = random.integers(20, 236)
    return picture(np.where(noise > limit, 255, 0) if random.random() < 0.4 else noise)


def fractal_noise(random: Random) -> Image.Image:
    """Noise whose amplitude falls with its frequency, as that of photographs does."""
    width, height = size_of(random)
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    frequency[0, 0] = 1
    layers = []
    for _ in range(random.choice([1, 3])):
        white = np.fft.fft2(random.normal(size=(height, width)))
        layer = np.fft.ifft2(white / frequency ** random.uniform(0.7, 1.6)).real
        layers.append(layer / layer.std())
    return picture(random.uniform(70, 200) + random.uniform(20, 70) * np.stack(layers, axis=-1))


def stripes(random: Random) -> Image.Image:
    """Waves, bars and checks."""
    x, y = np.meshgrid(np.arange(200), np.arange(50))
    angle, period = random.uniform(0, np.pi), random.uniform(3, 60)
    along = np.sin(2 * np.pi * (np.cos(angle) * x + np.sin(angle) * y) / period)
    across = np.sin(2 * np.pi * (np.cos(angle) * y - np.sin(angle) * x) / period)
    waves = (along, np.sign(along), np.sign(along * across), np.sign(along + across))
    wave = waves[random.integers(len(waves))]
    return sized(picture(_between((wave + 1) / 2, random)), random)


def shapes(random: Random) -> Image.Image:
    """Ellipses, boxes and polygons of any colour, filled or not."""
    image = sheet(random)
    draw = ImageDraw.Draw(image)
    for _ in range(random.integers(1, 12)):
        points = random.random((4, 2)) * image.size
        colour = colour_of(random)
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
    """Dark lines and loops on light paper, such as a signature."""
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
    """A small symbol: a mirrored pattern of few large pixels, as sites draw for their users."""
    side = int(random.choice([5, 7, 8]))
    half = random.random((side, (side + 1) // 2)) < random.uniform(0.35, 0.65)
    pattern = np.concatenate([half, half[:, : side // 2][:, ::-1]], axis=1)
    colours = np.array([colour_of(random, light=True), colour_of(random)])
    image = picture(colours[pattern.astype(int)])
    length = int(random.choice([16, 24, 32, 48]))
    return image.resize((length, length), Image.Resampling.NEAREST)


def photograph(random: Random) -> Image.Image:
    """A part of a photograph or a picture that a package ships."""
    pictures = _shipped()
    image = pictures[random.integers(len(pictures))]
    share = random.uniform(0.15, 1)
    width, height = (max(16, round(share * side)) for side in image.size)
    if random.random() < 0.5:
        height = max(8, min(height, width // 4))
    left = int(random.integers(image.width - width + 1))
    top = int(random.integers(image.height - height + 1))
    part = image.crop((left, top, left + width, top + height))
    return part.convert("L") if random.random() < 0.3 else part


def size_of(random: Random) -> tuple[int, int]:
    """Return a width and a height: 200 and 50 in every other case."""
    return USUAL if random.random() < 0.5 else SIZES[random.integers(len(SIZES))]


def sized(image: Image.Image, random: Random) -> Image.Image:
    """Return an image stretched to the size that `size_of` draws."""
    return image.resize(size_of(random), Image.Resampling.BILINEAR)


def picture(values: npt.NDArray[Any]) -> Image.Image:
    """Return numbers of shape (H, W, 1 or 3), cut to 0 to 255, as an image of mode L or RGB."""
    pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def colour_of(random: Random, *, light: bool | None = None) -> tuple[int, int, int]:
    """Return any colour, or a light or a dark one."""
    low, high = {None: (0, 256), True: (190, 256), False: (0, 110)}[light]
    red, green, blue = random.integers(low, high, 3).tolist()
    return (red, red, red) if random.random() < 0.5 else (red, green, blue)


def sheet(random: Random, *, light: bool | None = None) -> Image.Image:
    """Return paper of one colour, in the size that `size_of` draws."""
    return Image.new("RGB", size_of(random), colour_of(random, light=light))


def _between(shares: npt.NDArray[np.float64], random: Random) -> npt.NDArray[np.float64]:
    """Return colours (H, W, 3) between two random ones, by shares from 0 to 1."""
    first, last = np.array([colour_of(random), colour_of(random)], float)
    return first + shares[..., None] * (last - first)


@functools.cache
def _shipped() -> tuple[Image.Image, ...]:
    """Return the pictures that installed packages ship for their own examples and tests."""
    found = []
    for package, folder in SHIPPED.items():
        spec = importlib.util.find_spec(package)
        if spec and spec.origin:
            paths = sorted((Path(spec.origin).parent / folder).glob("*.*g"))
            found += [p for p in paths if p.suffix in (".png", ".jpg", ".jpeg")]
    if not found:
        raise SystemExit("No package that ships photographs is installed, such as matplotlib.")
    pictures = []
    for path in found:
        with Image.open(path) as opened:
            image = opened.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        if min(image.size) >= SMALLEST:
            pictures.append(Image.alpha_composite(paper, image).convert("RGB"))
    return tuple(pictures)
