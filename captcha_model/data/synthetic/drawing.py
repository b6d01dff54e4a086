"""What synthetic images are drawn, as values that other processes make the same images from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.dataset import Renderer
from captcha_model.data.synthetic.looks.renderer import LookRenderer
from captcha_model.data.synthetic.synthesis import Synthesizer


@dataclass(frozen=True)
class Drawing:
    """The settings of a renderer.

    Attributes:
        seed: an integer >= 0; the same seed and index give the same image.
        characters: those of the texts, in the style of captcha_images_v2.
        lengths: the least and the greatest number of characters of a text in that style.
        font: a font file for that style; None takes the built-in one.
        families: draw these looks instead, with texts of their own.
        fonts: a folder of fonts for these looks; None takes the built-in ones.
    """

    seed: int = 0
    characters: str = CHARACTERS
    lengths: tuple[int, int] = (5, 5)
    font: Path | None = None
    families: Sequence[str] | None = None
    fonts: Path | None = None

    def renderer(self) -> Renderer:
        """Return what draws the images.

        Raises:
            DataError: a setting is out of range, or a font lacks a character.
            VocabularyError: the characters are not a vocabulary.
        """
        if self.families is not None:
            return LookRenderer(self.seed, self.fonts, self.families)
        return Synthesizer(self.characters, self.lengths, self.seed, self.font)
