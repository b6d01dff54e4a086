"""`captcha-model synthesize`: generate labelled synthetic captchas."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.cli.common import natural, new_parser, note, positive, with_bar
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.looks.families import UNSEEN, WITH_TEXT

if TYPE_CHECKING:
    from captcha_model.data.synthetic.dataset import Renderer

_LENGTH = (5, 5)
_ANY = "any"
_HELD_OUT = "held-out"  # The families that a training on any look does not see.
# A data set has no images without text.
_LOOKS = (*WITH_TEXT, *UNSEEN)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "synthesize",
        "Generate labelled synthetic captchas as a folder with a metadata.csv.",
        "captcha-model synthesize --out synthetic/ --count 1000 --seed 1",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="a new folder")
    parser.add_argument(
        "--count", type=positive, default=100, help="number of images (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=natural, default=0, help="random seed (default: %(default)s)"
    )
    parser.add_argument(
        "--characters",
        metavar="STRING",
        help=f"the characters of the texts (default: {CHARACTERS})",
    )
    parser.add_argument(
        "--length",
        type=_length,
        metavar="N|N-M",
        help="number of characters in a text (default: 5)",
    )
    parser.add_argument("--font", type=Path, metavar="FILE", help="a TrueType or OpenType font")
    parser.add_argument(
        "--look",
        choices=(_ANY, _HELD_OUT, *_LOOKS),
        metavar="FAMILY",
        help="draw another look than that of captcha_images_v2, with texts of its own: "
        f"{_ANY}, {_HELD_OUT}, {', '.join(_LOOKS)}",
    )
    parser.add_argument(
        "--fonts",
        type=Path,
        metavar="FOLDER",
        help="TrueType and OpenType fonts for --look (default: the built-in ones)",
    )
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Generate the images and write them."""
    from captcha_model.data.synthetic.dataset import write_folder

    paths = write_folder(_renderer(options), options.count, options.out)
    written = sum(1 for _ in with_bar(paths, options.count, "synthesizing"))
    note(f"wrote {written} images and metadata.csv to {options.out}")
    return 0


def _renderer(options: argparse.Namespace) -> "Renderer":
    """Return what draws the images; each look has options of its own."""
    from captcha_model.data.synthetic.looks.renderer import LookRenderer
    from captcha_model.data.synthetic.synthesis import Synthesizer

    if options.look is None:
        if options.fonts is not None:
            options.usage_error("--fonts needs --look; --font takes a single font.")
        # An empty string of characters is an error of the synthesizer, not a missing option.
        characters = CHARACTERS if options.characters is None else options.characters
        return Synthesizer(characters, options.length or _LENGTH, options.seed, options.font)
    for name in ("characters", "length", "font"):
        if getattr(options, name) is not None:
            options.usage_error(f"--{name} cannot be used with --look, whose texts are its own.")
    families = {_ANY: WITH_TEXT, _HELD_OUT: UNSEEN}.get(options.look, (options.look,))
    return LookRenderer(options.seed, options.fonts, families)


def _length(text: str) -> tuple[int, int]:
    low, dash, high = text.partition("-")
    if not low.isdecimal() or (dash and not high.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a length such as 5 or 4-6")
    least, most = int(low), int(high) if dash else int(low)
    if least > most:
        raise argparse.ArgumentTypeError(
            f"The shortest length ({least}) is greater than the longest ({most})."
        )
    return least, most
