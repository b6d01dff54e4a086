"""Synthetic captchas in the style of captcha_images_v2.

A grey gradient, bold dark glyphs that are distorted in the middle, a long strike line that gets
thinner to the right, and a short one at the left. They have no third-party licence, so the demo's
examples, the tests and additional training data use them.
"""

import importlib.util
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from captcha_model.data.synthetic.kaptcha import HEIGHT, WIDTH, distort, draw_strike_lines
from captcha_model.errors import DataError
from captcha_model.vocabulary import Vocabulary

MAX_LENGTH = 20
_SCALE = 3  # Glyphs are drawn at this scale and reduced, for smooth edges.
_JPEG_QUALITY = 75
_LEFT, _RIGHT = 27, 178  # The first and the last column of the text.


@dataclass(frozen=True)
class SyntheticCaptcha:
    """A synthetic captcha.

    Attributes:
        image: mode L (grey), 200x50 pixels.
        text: the text that it shows.
    """

    image: Image.Image
    text: str


class Synthesizer:
    """Draws captchas over a vocabulary; the same seed and index always give the same image.

    Args:
        characters: the vocabulary of the texts.
        lengths: the minimum and the maximum number of characters in a text, both from 1 to
            `MAX_LENGTH`.
        seed: an integer >= 0.
        font: a TrueType or OpenType file. The default is the font that Pillow ships; if it lacks a
            character, DejaVu Sans Bold from matplotlib, if that is installed.

    Raises:
        DataError: the lengths or the seed are out of range, or the font lacks a character.
        VocabularyError: the characters are not a vocabulary.

    Example:
        >>> captcha = Synthesizer("2345678bcd", lengths=(4, 6), seed=1).draw(0)
        >>> captcha.image.size
        (200, 50)
    """

    def __init__(
        self,
        characters: str,
        lengths: tuple[int, int] = (5, 5),
        seed: int = 0,
        font: Path | None = None,
    ) -> None:
        low, high = lengths
        if not 1 <= low <= high <= MAX_LENGTH:
            raise DataError(f"Lengths must be from 1 to {MAX_LENGTH}. Received: {low} to {high}")
        if seed < 0:
            raise DataError(f"A seed must be an integer >= 0. Received: {seed}")
        self._characters = Vocabulary(characters).characters
        self._lengths = (low, high)
        self._seed = seed
        self._font = _choose_font(self._characters, font)
        self._background = _background()

    def text(self, index: int) -> str:
        """Return the text of image `index` (>= 0) without drawing it."""
        return self._text(self._random(index))

    def draw(self, index: int) -> SyntheticCaptcha:
        """Draw image `index` (>= 0)."""
        random = self._random(index)
        return self.draw_text(self._text(random), random)

    def _random(self, index: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, index])

    def _text(self, random: np.random.Generator) -> str:
        length = random.integers(self._lengths[0], self._lengths[1] + 1)
        indices = random.integers(len(self._characters), size=length)
        return "".join(self._characters[i] for i in indices)

    def draw_text(self, text: str, random: np.random.Generator) -> SyntheticCaptcha:
        """Draw a text over the vocabulary.

        Args:
            text: at most `MAX_LENGTH` characters.
            random: the source of randomness.
        """
        ink = distort(self._glyphs(text, random))
        ink = np.maximum(ink, draw_strike_lines(random))
        pixels = np.rint(self._background * (1 - ink)).astype(np.uint8)
        # Kaptcha writes JPEG, and the data set shows its artefacts.
        jpeg = io.BytesIO()
        Image.fromarray(pixels).save(jpeg, "JPEG", quality=_JPEG_QUALITY)
        return SyntheticCaptcha(Image.open(jpeg).convert("L"), text)

    def _glyphs(self, text: str, random: np.random.Generator) -> npt.NDArray[np.float64]:
        """Draw the text as ink from 0 to 1, shape (HEIGHT, WIDTH)."""
        canvas = Image.new("L", (WIDTH * _SCALE, HEIGHT * _SCALE))
        glyphs = [self._glyph(character, random) for character in text]
        gaps = random.uniform(-2.5, 0.5, len(text)) * _SCALE
        natural = sum(g.width for g in glyphs) + gaps.sum()
        squeeze = min(1.0, (_RIGHT - _LEFT) * _SCALE / natural)
        x = (_LEFT + random.uniform(0, 4)) * _SCALE
        for glyph, gap in zip(glyphs, gaps, strict=True):
            width = max(1, round(glyph.width * squeeze))
            if width != glyph.width:
                glyph = glyph.resize((width, glyph.height), Image.Resampling.BILINEAR)
            y = (HEIGHT * _SCALE - glyph.height) / 2 + random.uniform(-3, 4) * _SCALE
            canvas.paste(255, (round(x), round(y)), glyph)
            x += width + gap * squeeze
        small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        return np.asarray(small, np.float64) / 255

    def _glyph(self, character: str, random: np.random.Generator) -> Image.Image:
        font = self._font.font_variant(size=round(random.uniform(34, 39) * _SCALE))
        stroke = round(random.uniform(0.6, 1.3) * _SCALE)
        left, _, right, _ = font.getbbox(character, stroke_width=stroke)
        ascent, descent = font.getmetrics()
        # The full line height keeps all letters on one baseline.
        size = (max(1, round(right - left)), ascent + descent + 2 * stroke)
        glyph = Image.new("L", size)
        ImageDraw.Draw(glyph).text((-left, stroke), character, 255, font, stroke_width=stroke)
        slant = random.uniform(-0.12, 0.12)
        turn = random.normal(0, 3)
        margin = round(abs(slant) * size[1] / 2)
        sheared = glyph.transform(
            (size[0] + 2 * margin, size[1]),
            Image.Transform.AFFINE,
            (1, slant, -margin - slant * size[1] / 2, 0, 1, 0),
            Image.Resampling.BILINEAR,
        )
        turned = sheared.rotate(turn, Image.Resampling.BILINEAR, expand=True)
        box = turned.getbbox() or (0, 0, *turned.size)
        return turned.crop((box[0], 0, box[2], turned.height))


def _background() -> npt.NDArray[np.float64]:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.clip(192 + 0.3 * columns + 0.06 * rows, 0, 255)


def _choose_font(characters: str, font: Path | None) -> ImageFont.FreeTypeFont:
    if font is not None:
        try:
            chosen = ImageFont.truetype(font, 20)
        except OSError as error:
            raise DataError(f"{font.name} is not a readable font.") from error
        candidates = [chosen]
    else:
        built_in = ImageFont.load_default(20)
        if not isinstance(built_in, ImageFont.FreeTypeFont):
            raise DataError("Drawing text needs FreeType, but Pillow was built without it.")
        candidates = [built_in]
        matplotlib = importlib.util.find_spec("matplotlib")
        if matplotlib and matplotlib.origin:
            data = Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf"
            candidates.append(ImageFont.truetype(data / "DejaVuSans-Bold.ttf", 20))
    lacking = [_lacking(candidate, characters) for candidate in candidates]
    for candidate, missing in zip(candidates, lacking, strict=True):
        if not missing:
            return candidate
    raise DataError(
        f"The font has no glyph for {min(lacking, key=len)[:10]}. Give another font file."
    )


def _lacking(font: ImageFont.FreeTypeFont, characters: str) -> list[str]:
    """List the characters that a font draws as its "missing glyph" box."""

    def bitmap(character: str) -> tuple[tuple[int, int], bytes]:
        mask = font.getmask(character)
        return mask.size, bytes(mask)

    missing = bitmap("\U0010ffff")
    return [c for c in characters if not c.isspace() and bitmap(c) == missing]
