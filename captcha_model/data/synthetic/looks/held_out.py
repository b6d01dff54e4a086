"""Families that no training on "any" look sees, so that a network meets them as new.

A network is too sure of itself on looks that it was not trained on. So its confidences are
calibrated on these, which combine factors that the other families do not combine.
"""

from captcha_model.data.synthetic.looks.family import ALL_CLUTTER, Family

HELD_OUT: dict[str, Family] = {
    "engraved": Family(
        "outlines with shadows on hatching, as if pressed into it",
        grounds=("hatching", "hatching", "grid"),
        shapes=("roomy", "large"),
        hollow=0.5,
        shadow=0.8,
        effects=("relief", "edges"),
        turn=14.0,
        over=2,
        under=3,
        warps=("perspective", "swirl"),
        warp=0.08,
    ),
    "tangled": Family(
        "letters that overlap among half-transparent shapes",
        palettes=("saturated", "usual"),
        dark=0.5,
        own_font=0.6,
        own_colour=0.8,
        gaps=(-0.3, 0.0),
        turn=35.0,
        clutter=("rings", "blobs", "scratches", "curve"),
        over=4,
        veiled=0.8,
        warps=("swirl", "water"),
        warp=0.06,
    ),
    "speckled": Family(
        "letters of visible pixels under specks, as a print shows them",
        shapes=("roomy", "strip"),
        blocks=0.6,
        own_colour=0.5,
        size_spread=0.4,
        clutter=("specks", "dots", "hatch"),
        over=3,
        effects=("halftone", "posterised"),
        damages=("rescaled", "jpeg"),
        damaged=0.5,
    ),
    "banded": Family(
        "inverted bands and strokes over slanted letters",
        bands=0.9,
        strokes=3,
        shear=0.4,
        dark=0.5,
        grounds=("patches", "gradient", "noise"),
        clutter=ALL_CLUTTER,
        over=1,
        warps=("perspective", "sine"),
        warp=0.08,
    ),
    "misty": Family(
        "thin and faint letters anywhere, out of focus",
        palettes=("faint", "equal"),
        shapes=("strip", "square", "large"),
        scattered=0.7,
        thin=0.5,
        size=(0.5, 1.0),
        turn=20.0,
        grounds=("gradient", "noise", "patches"),
        clutter=("wave", "dots", "blobs"),
        over=2,
        damages=("blur", "noise", "rescaled"),
        damaged=0.6,
    ),
}
