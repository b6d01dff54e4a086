"""The families of looks: which random factors each of them has, and how strong they are."""

from dataclasses import dataclass

_WORDS = ("digits", "lower", "upper", "mixed", "mixed", "codes", "hex")
_GROUNDS = ("flat", "flat", "gradient", "noise", "patches", "grid", "hatching")
_WARPS = ("sine", "ripple", "perspective", "elastic")
_LINES = ("line", "arc", "wave", "scratches", "rings")
_ALL_CLUTTER = (*_LINES, "dots", "specks")
_LIGHT_DAMAGES = ("blur", "noise", "jpeg", "palette", "rescaled")


@dataclass(frozen=True)
class Family:
    """The random factors of a family of captchas. Probabilities and fractions are from 0 to 1.

    Attributes:
        purpose: what its images show.
        texts: the kinds of texts.
        shapes: of the canvas.
        grounds: the kinds of grounds.
        dark: the probability of a light text on a dark ground.
        size: the least and the largest size of the font, as fractions of what fits.
        own_font: the probability that each character has a font of its own.
        own_colour: the probability that each character has a colour of its own.
        turn: the largest angle of a character, in degrees.
        shear: the largest slant of a character.
        size_spread: the largest change of a single character's size.
        hollow: the probability of outlines instead of letters.
        stroke: the probability of thicker lines.
        shadow: the probability of a shadow.
        bands: the probability that a part of the image is inverted.
        gaps: the least and the largest gap between characters, as fractions of their width.
        jitter: the largest vertical shift of a character, as a fraction of its height.
        spread: the probability that the text takes the whole width.
        clutter: the kinds of clutter.
        under: the largest number of clutter shapes under the text.
        over: the largest number of clutter shapes over the text.
        warps: the kinds of warps; none without.
        warp: the largest strength of a warp, as a fraction of the height.
        damages: the kinds of damage.
        damaged: the probability of each of two damages.
    """

    purpose: str
    texts: tuple[str, ...] = _WORDS
    shapes: tuple[str, ...] = ("wide",)
    grounds: tuple[str, ...] = _GROUNDS
    dark: float = 0.2
    size: tuple[float, float] = (0.75, 1.0)
    own_font: float = 0.0
    own_colour: float = 0.0
    turn: float = 0.0
    shear: float = 0.0
    size_spread: float = 0.0
    hollow: float = 0.0
    stroke: float = 0.2
    shadow: float = 0.0
    bands: float = 0.0
    gaps: tuple[float, float] = (0.08, 0.25)
    jitter: float = 0.0
    spread: float = 0.3
    clutter: tuple[str, ...] = _ALL_CLUTTER
    under: int = 2
    over: int = 0
    warps: tuple[str, ...] = ()
    warp: float = 0.0
    damages: tuple[str, ...] = _LIGHT_DAMAGES
    damaged: float = 0.2


CAPTCHAS: dict[str, Family] = {
    "plain": Family(
        "straight text on a quiet ground", grounds=("flat", "gradient", "noise"), under=0
    ),
    "turned": Family(
        "turned and slanted letters among lines and dots",
        own_font=0.4,
        own_colour=0.5,
        turn=32.0,
        shear=0.25,
        size_spread=0.12,
        jitter=0.15,
        over=3,
    ),
    "crossed": Family(
        "text crossed by lines, arcs and waves",
        clutter=_LINES,
        own_colour=0.2,
        turn=10.0,
        jitter=0.1,
        over=5,
    ),
    "crowded": Family(
        "letters that touch or overlap",
        gaps=(-0.22, 0.0),
        spread=0.0,
        turn=15.0,
        stroke=0.4,
        jitter=0.1,
        over=1,
        own_colour=0.1,
    ),
    "warped": Family(
        "waves, ripples, perspective and elastic distortion",
        warps=_WARPS,
        warp=0.13,
        size=(0.7, 0.9),
        turn=8.0,
        over=1,
        own_colour=0.15,
    ),
    "hollow": Family(
        "outlines, and letters with shadows",
        hollow=0.7,
        shadow=0.5,
        size=(0.85, 1.0),
        turn=12.0,
        over=1,
        own_colour=0.3,
        stroke=0.0,
    ),
    "dotted": Family(
        "text under strong dots and specks",
        clutter=("dots", "specks"),
        under=2,
        over=3,
        turn=12.0,
        jitter=0.1,
    ),
    "inverted": Family(
        "light on dark, or inverted in parts",
        dark=0.7,
        bands=0.6,
        grounds=("flat", "gradient", "noise"),
        turn=10.0,
        over=1,
    ),
    "spacious": Family(
        "small text in square or large images",
        shapes=("square", "large"),
        size=(0.65, 1.0),
        spread=0.4,
        turn=20.0,
        jitter=0.5,
        over=3,
        own_colour=0.4,
        own_font=0.3,
        hollow=0.1,
    ),
    "sums": Family(
        "sums and decimals",
        texts=("sums", "sums", "decimals"),
        turn=8.0,
        over=2,
        own_colour=0.2,
        gaps=(0.12, 0.35),
    ),
    "damaged": Family(
        "blur, noise, compression, few colours, one bit, scaling",
        damages=(*_LIGHT_DAMAGES, "one_bit"),
        damaged=1.0,
        under=1,
        turn=6.0,
        grounds=("flat", "flat", "gradient", "hatching"),
        over=1,
    ),
    "blended": Family(
        "a little of everything",
        shapes=("wide", "wide", "wide", "large", "square"),
        dark=0.3,
        own_font=0.25,
        own_colour=0.3,
        turn=22.0,
        shear=0.2,
        size_spread=0.1,
        hollow=0.1,
        shadow=0.1,
        bands=0.05,
        gaps=(-0.1, 0.2),
        jitter=0.15,
        over=1,
        warps=_WARPS,
        warp=0.08,
        damaged=0.2,
        texts=(*_WORDS, "sums"),
    ),
}

# What stands for each family of codes: the kinds of its texts.
CODES: dict[str, tuple[str, ...]] = {
    "segments": ("digits", "decimals"),
    "dot-matrix": ("codes", "digits", "mixed", "decimals"),
    "drums": ("digits",),
    "plates": ("codes", "codes", "digits", "upper"),
    "serials": ("codes", "digits"),
}

FAMILIES = (*CAPTCHAS, *CODES)
