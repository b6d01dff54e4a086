"""What a family of captchas is: its random factors, and how strong they are."""

from dataclasses import dataclass

WORDS = ("digits", "lower", "upper", "mixed", "mixed", "codes", "hex")
GROUNDS = ("flat", "flat", "gradient", "noise", "patches", "grid", "hatching")
LINES = ("line", "arc", "wave", "scratches", "rings")
ALL_CLUTTER = (*LINES, "dots", "specks")
LIGHT_DAMAGES = ("blur", "noise", "jpeg", "palette", "rescaled")


@dataclass(frozen=True)
class Family:
    """The random factors of a family of captchas. Probabilities and fractions are from 0 to 1.

    Attributes:
        purpose: what its images show.
        texts: the kinds of texts.
        shapes: of the canvas.
        grounds: the kinds of grounds.
        dark: the probability of a light text on a dark ground.
        palettes: the kinds of colours.
        size: the least and the largest size of the font, as fractions of what fits.
        own_font: the probability that each character has a font of its own.
        own_colour: the probability that each character has a colour of its own.
        ordinary: the probability of a font for reading, where the folder has others.
        turn: the largest angle of a character, in degrees.
        shear: the largest slant of a character.
        lean: the largest slant of all characters together, to either side.
        cells: the probability that every character is stretched to one width and height, so that an
            "a" is as high as an "A".
        pull: the largest move of a character's corners, as a fraction of its side.
        squeeze: the least width of characters that are as high as the image allows, as a fraction
            of their own width; 1 makes them smaller instead.
        jagged: the probability of hard edges.
        size_spread: the largest change of a single character's size.
        slim: the largest narrowing of a single character, as a fraction of its width.
        painted: the probability that the ink changes its colour from place to place.
        hollow: the probability of outlines instead of letters.
        bodies: the probability that a hollow letter has a body, as if cut out of a board.
        beads: the probability of letters of dots.
        stroke: the probability of thicker lines.
        thin: the probability of thinner lines.
        blocks: the probability of characters with visible pixels, at very different sizes.
        shadow: the probability of a shadow.
        faded: the probability that a part of the text nearly vanishes in the ground.
        washed: the probability that the text is paler than clutter of its colour.
        sieved: the probability of holes all over the text, of single pixels.
        blurred: the probability that the text is out of focus and what lies over it is not.
        stamped: the probability of letters that are cut out of boxes.
        threaded: the probability of a line through the middles of all characters.
        slope: the largest slope of the line on which the text stands, as the tangent of the angle.
        bands: the probability that a part of the image is inverted.
        gaps: the least and the largest gap between characters, as fractions of their width.
        jitter: the largest vertical shift of a character, as a fraction of its height.
        sunk: the probability that a text stands so low that the frame cuts off a part of what hangs
            lowest, such as the tail of a "y"; see `Spacing`.
        spread: the probability that the text takes the whole width.
        scattered: the probability that the characters stand anywhere, from left to right.
        cut: the largest part of a scattered character that the frame cuts off.
        clutter: the kinds of clutter.
        litter: the probability of small characters all over the ground.
        litter_spread: the least and the largest difference in luminance of these from the ground.
        under: the largest number of clutter shapes under the text.
        under_spread: the largest difference in luminance of these shapes from the ground.
        over: the largest number of clutter shapes over the text.
        least_over: the smallest number of them.
        warps: the kinds of warps; none without.
        warp: the largest strength of a warp, as a fraction of the height.
        text_colour: the probability that the clutter over the text has the text's colour.
        strong: the clutter over the text contrasts with the ground, however faint the text is.
        veiled: the probability that the clutter over the text is half-transparent.
        strokes: the largest number of strokes that invert what they cross.
        transparent: the probability of a transparent ground.
        effects: the kinds of filters over the whole image; none without.
        damages: the kinds of damage.
        damaged: the probability of each of two damages.
    """

    purpose: str
    texts: tuple[str, ...] = WORDS
    shapes: tuple[str, ...] = ("wide",)
    grounds: tuple[str, ...] = GROUNDS
    dark: float = 0.2
    palettes: tuple[str, ...] = ("usual",)
    size: tuple[float, float] = (0.75, 1.0)
    own_font: float = 0.0
    own_colour: float = 0.0
    ordinary: float = 0.5
    turn: float = 0.0
    shear: float = 0.0
    lean: float = 0.0
    cells: float = 0.0
    pull: float = 0.0
    squeeze: float = 1.0
    jagged: float = 0.0
    size_spread: float = 0.0
    slim: float = 0.0
    painted: float = 0.0
    hollow: float = 0.0
    bodies: float = 0.0
    beads: float = 0.0
    stroke: float = 0.2
    thin: float = 0.0
    blocks: float = 0.0
    shadow: float = 0.0
    faded: float = 0.0
    washed: float = 0.0
    sieved: float = 0.0
    blurred: float = 0.0
    stamped: float = 0.0
    threaded: float = 0.0
    slope: float = 0.0
    bands: float = 0.0
    gaps: tuple[float, float] = (0.08, 0.25)
    jitter: float = 0.0
    sunk: float = 0.12
    spread: float = 0.3
    scattered: float = 0.0
    cut: float = 0.0
    clutter: tuple[str, ...] = ALL_CLUTTER
    litter: float = 0.0
    litter_spread: tuple[float, float] = (15.0, 60.0)
    under: int = 2
    under_spread: float = 55.0
    over: int = 0
    least_over: int = 0
    warps: tuple[str, ...] = ()
    warp: float = 0.0
    text_colour: float = 0.5
    strong: bool = False
    veiled: float = 0.0
    strokes: int = 0
    transparent: float = 0.0
    effects: tuple[str, ...] = ()
    damages: tuple[str, ...] = LIGHT_DAMAGES
    damaged: float = 0.2
