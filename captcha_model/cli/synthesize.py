"""`captcha-model synthesize`: generate labelled synthetic captchas."""

import argparse
from pathlib import Path

from captcha_model.cli.common import natural, new_parser, note, positive, with_bar
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS


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
        default=CHARACTERS,
        metavar="STRING",
        help="the characters of the texts (default: %(default)s)",
    )
    parser.add_argument(
        "--length",
        type=_length,
        default=(5, 5),
        metavar="N|N-M",
        help="number of characters in a text (default: 5)",
    )
    parser.add_argument("--font", type=Path, metavar="FILE", help="a TrueType or OpenType font")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Generate the images and write them."""
    from captcha_model.data.synthetic.dataset import write_folder
    from captcha_model.data.synthetic.synthesis import Synthesizer

    synthesizer = Synthesizer(options.characters, options.length, options.seed, options.font)
    paths = write_folder(synthesizer, options.count, options.out)
    written = sum(1 for _ in with_bar(paths, options.count, "synthesizing"))
    note(f"wrote {written} images and metadata.csv to {options.out}")
    return 0


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
