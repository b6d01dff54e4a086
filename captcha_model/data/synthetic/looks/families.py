"""All families of looks, the texts of the codes, and how often each family is drawn."""

from collections.abc import Mapping

from captcha_model.data.synthetic.looks.captchas import USUAL
from captcha_model.data.synthetic.looks.close_imitations import CLOSE_IMITATIONS
from captcha_model.data.synthetic.looks.family import Family
from captcha_model.data.synthetic.looks.held_out import HELD_OUT
from captcha_model.data.synthetic.looks.imitations import IMITATIONS
from captcha_model.data.synthetic.looks.inked_captchas import INKED
from captcha_model.data.synthetic.looks.loud_captchas import LOUD
from captcha_model.data.synthetic.looks.odd_captchas import ODD

CAPTCHAS: dict[str, Family] = {**USUAL, **ODD, **IMITATIONS, **CLOSE_IMITATIONS, **INKED, **LOUD}

# The families of codes, and the kinds of their texts.
CODES: dict[str, tuple[str, ...]] = {
    "segments": ("digits", "decimals", "few", "signed", "clocks"),
    "lcd": ("digits", "decimals", "decimals", "few", "signed", "clocks"),
    "binarised": ("digits", "decimals", "few", "few"),
    "dot-matrix": ("codes", "digits", "mixed", "decimals", "clocks"),
    "drums": ("digits",),
    "plates": ("plates", "plates", "plates", "codes", "digits", "few"),
    "tickets": ("digits", "codes", "tags", "decimals", "clocks", "mixed"),
    "serials": ("codes", "digits", "tags"),
}

# Families that are drawn only where they are asked for, and their texts.
OPTIONAL: dict[str, tuple[str, ...]] = {"kaptcha": ("lower", "digits", "mixed", "codes")}

EMPTY = "empty"  # The family of images without text; their text is "".
WITH_TEXT = (*CAPTCHAS, *CODES)
FAMILIES = (*WITH_TEXT, EMPTY)
PREFIX = "synthetic:"  # Before the families in the name of a source.
# Families that a training on "any" look does not see.
UNSEEN = (*HELD_OUT, *OPTIONAL)
ALL_FAMILIES = (*FAMILIES, *UNSEEN)

_SHARE_OF_CODES, _SHARE_OF_EMPTY = 0.18, 0.04
_CAPTCHA_WEIGHTS = {
    **{"plain": 5, "turned": 5, "crossed": 5, "crowded": 4, "warped": 5, "hollow": 4},
    **{"dotted": 4, "inverted": 3, "spacious": 4, "sums": 4, "damaged": 3, "blended": 6},
    **{"scattered": 7, "faint": 4, "pale": 4, "thin": 4, "curved": 4, "struck": 3},
    **{"translucent": 4, "hatched": 3, "pixelated": 4, "decorative": 4, "transparent": 4},
    **{"equal": 2, "textured": 4, "filtered": 3},
    **{"distorted": 6, "trapezoids": 8, "tiny": 8, "bodies": 8, "lined": 9, "bent": 6},
    **{"peppered": 7, "frosted": 9, "bright": 9, "slim": 9, "dabbed": 9, "dusted": 5},
    **{"stretched": 9, "beaded": 5, "faded": 8, "holed": 8, "littered": 6, "painted": 5},
    **{"strung": 7},
    **{"static": 10, "ruled": 10, "rising": 14, "threaded": 10, "tiled": 10, "stamped": 9},
    **{"sieved": 9, "unfocused": 7, "scrawled": 6},
}
_CODE_WEIGHTS = {
    **{"segments": 4, "lcd": 5, "binarised": 4, "dot-matrix": 2, "drums": 3, "plates": 6},
    **{"serials": 3, "tickets": 4},
}


def _shares(weights: Mapping[str, float], share: float) -> dict[str, float]:
    return {name: share * weight / sum(weights.values()) for name, weight in weights.items()}


# How often each family is drawn. The default families make 1; an optional one adds its own.
WEIGHTS: dict[str, float] = {
    **_shares(_CAPTCHA_WEIGHTS, 1 - _SHARE_OF_CODES - _SHARE_OF_EMPTY),
    **_shares(_CODE_WEIGHTS, _SHARE_OF_CODES),
    EMPTY: _SHARE_OF_EMPTY,
    **dict.fromkeys(HELD_OUT, 0.04),
    "kaptcha": 0.08,
}
