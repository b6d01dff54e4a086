"""Fonts from a folder, and which characters each of them can draw."""

import importlib.util
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageFont

from captcha_model.data.synthetic.looks.chance import happens, pick
from captcha_model.data.synthetic.looks.cmap import mapped_characters
from captcha_model.data.synthetic.looks.legibility import MIN_LEGIBILITY, legibility
from captcha_model.data.synthetic.looks.texts import SHOWN
from captcha_model.errors import DataError

_TRIES = 12
_ORDINARY = 0.65  # The legibility of a font for reading, by eye.
_PROBE = 32  # The size at which glyphs are looked at, in pixels.


class Font:
    """A font file.

    Args:
        path: a TrueType or OpenType file. None is the font that Pillow ships.

    Attributes:
        path: the file, or None.
        characters: those that it can draw, of `SHOWN`.
        legibility: the share of its letters that look like letters.

    Raises:
        DataError: the file is no font.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        mapped = frozenset(SHOWN)
        try:
            if path is not None:
                mapped = mapped_characters(path.read_bytes(), SHOWN)
            inks = _inks(self.at(_PROBE), mapped)
        except OSError as error:
            raise DataError(f"{path} is not a font that can be read: {error}") from error
        self.characters = _distinct(inks)
        self.legibility = legibility(inks)

    def at(self, size: int) -> ImageFont.FreeTypeFont:
        """Return the font at a size in pixels."""
        return _load(self.path, size)


class FontBook:
    """The fonts to choose from.

    Args:
        folder: it and its subfolders are searched for `.ttf` and `.otf` files; files that are no
            fonts, or that have ornaments in the places of letters, are left out. None takes the
            built-in fonts: DejaVu from matplotlib, where that is installed, and the one that
            Pillow ships.

    Raises:
        DataError: the folder has no legible font with all digits.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.builtin = _builtin_fonts()
        self.fonts = self.builtin if folder is None else _fonts_in(folder)
        self._ordinary = [font for font in self.fonts if font.legibility >= _ORDINARY]

    def choose(self, text: str, random: np.random.Generator, ordinary: float = 0.5) -> Font:
        """Return a random font that has all characters of a text.

        Args:
            text: what it has to write.
            random: the source of randomness.
            ordinary: the probability of a font for reading; folders have more of others.

        Returns:
            A built-in font where none of the others, or hardly one, has all characters.
        """
        needed = set(text)
        fonts = self._ordinary if self._ordinary and happens(random, ordinary) else self.fonts
        for _ in range(_TRIES):
            font = pick(random, fonts)
            if needed <= font.characters:
                return font
        return self.plain(text)

    def plain(self, text: str) -> Font:
        """Return the first built-in font that has all characters of a text."""
        return next(font for font in self.builtin if set(text) <= font.characters)


@cache
def _builtin_fonts() -> list[Font]:
    return [Font(path) for path in (None, *_matplotlib_fonts())]


def _fonts_in(folder: Path) -> list[Font]:
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder of fonts.")
    fonts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in (".ttf", ".otf"):
            try:
                font = Font(path)
            except DataError:
                continue
            if set("0123456789") <= font.characters and font.legibility >= MIN_LEGIBILITY:
                fonts.append(font)
    if not fonts:
        raise DataError(
            f"{folder} has no .ttf or .otf file with digits and letters that a person can read."
        )
    return fonts


def _matplotlib_fonts() -> list[Path]:
    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [path for path in sorted(folder.glob("DejaVu*.ttf")) if "Display" not in path.name]


def _inks(font: ImageFont.FreeTypeFont, characters: frozenset[str]) -> dict[str, Image.Image]:
    """Return the ink of the characters that have any, mode L, each cut to its ink."""
    inks = {}
    for character in characters:
        mask = font.getmask(character)
        if (box := mask.getbbox()) is not None:
            inks[character] = Image.frombytes("L", mask.size, bytes(mask)).crop(box)
    return inks


def _distinct(inks: dict[str, Image.Image]) -> frozenset[str]:
    """Return the characters whose ink is not that of another character's case."""
    shapes = {character: ink.tobytes() for character, ink in inks.items()}
    # In a font of capitals only, the picture does not show the case: its letters are capitals.
    return frozenset(
        c
        for c, shape in shapes.items()
        if not (c.islower() and c.upper() in shapes and shapes[c.upper()] == shape)
    )


@lru_cache(maxsize=1024)
def _load(path: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if path is not None:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels have FreeType.
    return font
