"""`captcha-model synthesize`: generate labelled synthetic captchas."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from captcha_model.cli.common import counting_bar, natural, new_parser, note, positive
from captcha_model.data.datasets.captcha_images_v2 import CHARACTERS
from captcha_model.data.synthetic.looks.families import UNSEEN, WITH_TEXT
from captcha_model.errors import DataError, VocabularyError

if TYPE_CHECKING:
    from captcha_model.data.synthetic.drawing import Drawing

_LENGTH = (5, 5)
_FILES, _PARQUET = "files", "parquet"
_RAY = "ray"
_ANY = "any"
_HELD_OUT = "held-out"  # The families that a training on any look does not see.
# A data set has no images without text.
_LOOKS = (*WITH_TEXT, *UNSEEN)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = new_parser(
        commands,
        "synthesize",
        "Generate labelled synthetic captchas as a folder of images or of Parquet files.",
        "captcha-model synthesize --out synthetic/ --count 1000 --seed 1",
    )
    parser.add_argument("--out", required=True, metavar="FOLDER|URI", help="a new folder")
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
    parser.add_argument(
        "--format",
        choices=[_FILES, _PARQUET],
        default=_FILES,
        help="image files with a metadata.csv, or Parquet files with the columns image and text "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--processes",
        type=positive,
        default=1,
        metavar="N",
        help="how many processes draw; the images are the same (default: %(default)s)",
    )
    parser.add_argument(
        "--engine",
        choices=["local", _RAY],
        default="local",
        help="ray draws Parquet files with Ray, on the cluster that RAY_ADDRESS names or on this "
        "machine",
    )
    parser.set_defaults(run=run, usage_error=parser.error)


def run(options: argparse.Namespace) -> int:
    """Generate the images and write them."""
    drawing = _drawing(options)
    try:
        drawing.renderer()  # Its errors come now, not in another process.
    except (DataError, VocabularyError) as error:
        options.usage_error(str(error))
    if options.engine == _RAY:
        return _with_ray(options, drawing)
    if options.format == _PARQUET:
        from captcha_model.data.synthetic.shards import write_shards

        done = write_shards(drawing, options.count, Path(options.out), options.processes)
        what = "as Parquet files"
    else:
        from captcha_model.data.synthetic.shards import write_files

        done = write_files(drawing, options.count, Path(options.out), options.processes)
        what = "and metadata.csv"
    with counting_bar(options.count, "synthesizing") as bar:
        for count in done:
            bar.update(count)
    note(f"wrote {options.count} images {what} to {options.out}")
    return 0


def _with_ray(options: argparse.Namespace, drawing: "Drawing") -> int:
    if options.format != _PARQUET:
        options.usage_error("--engine ray needs --format parquet.")
    if options.processes != 1:
        options.usage_error("--processes is for one machine; Ray takes the cores of its cluster.")
    from captcha_model.ray.cluster import connected
    from captcha_model.ray.shards import synthesize

    with connected():
        written = synthesize(drawing, options.count, options.out)
    note(f"wrote {written} images as Parquet files to {options.out}")
    return 0


def _drawing(options: argparse.Namespace) -> "Drawing":
    """Return what is drawn; each look has options of its own."""
    from captcha_model.data.synthetic.drawing import Drawing

    if options.look is None:
        if options.fonts is not None:
            options.usage_error("--fonts needs --look; --font takes a single font.")
        # An empty string of characters is an error of the synthesizer, not a missing option.
        characters = CHARACTERS if options.characters is None else options.characters
        return Drawing(options.seed, characters, options.length or _LENGTH, options.font)
    for name in ("characters", "length", "font"):
        if getattr(options, name) is not None:
            options.usage_error(f"--{name} cannot be used with --look, whose texts are its own.")
    families = {_ANY: WITH_TEXT, _HELD_OUT: UNSEEN}.get(options.look, (options.look,))
    return Drawing(options.seed, families=families, fonts=options.fonts)


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
