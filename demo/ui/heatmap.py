"""The heat map: the probability of every character at every time step, over the image."""

import math
from html import escape

import numpy as np
import numpy.typing as npt

from captcha_model import Inspection

from .html import percent

MIN_PROBABILITY = 0.01
MAX_ROWS = 20
BLANK = 0  # The class of no character, see `Inspection`.
NONE = "\N{EMPTY SET}"

Floats = npt.NDArray[np.float64]


def choose_rows(probabilities: Floats, text: str, characters: str) -> tuple[list[int], int]:
    """Choose the characters that have a row.

    Args:
        probabilities: shape (T, C), C = len(characters) + 1, class 0 the blank.
        text: the reading; all its characters have a row.
        characters: the vocabulary in the order of its ids.

    Returns:
        The ids of at most `MAX_ROWS` characters that are in the text or have a probability of at
        least `MIN_PROBABILITY` at some step, in the vocabulary's order, and the number of those
        left out. A text of more different characters has a row for each of them.
    """
    peaks = probabilities.max(axis=0, initial=0.0)
    read = {characters.index(c) + 1 for c in text}
    others = [i for i in range(1, len(peaks)) if peaks[i] >= MIN_PROBABILITY and i not in read]
    others.sort(key=lambda i: -peaks[i])
    room = max(0, MAX_ROWS - len(read))
    return sorted(read.union(others[:room])), len(others[room:])


def heatmap_html(inspection: Inspection) -> str:
    """Return the heat map in HTML, in an element that can be collapsed.

    Time steps that follow the image from left to right lie under it, each below the part that it is
    of, with a frame around each character of the reading. Other steps are positions of the text and
    are numbered.

    Args:
        inspection: the reading and the probabilities.
    """
    probabilities, reading = inspection.probabilities, inspection.reading
    characters, left_to_right = inspection.characters, inspection.left_to_right
    ids, left_out = choose_rows(probabilities, reading.text, characters)
    names = {i: _visible(characters[i - 1]) for i in ids} | {BLANK: NONE}
    # Steps over the padding at the right of an image are not under it and are left out.
    columns = len(probabilities) * (inspection.frame.filled if left_to_right else 1.0)
    word = "step" if left_to_right else "position"
    description = _describe(inspection)
    # As wide as the whole image: the network may not see a margin at either side.
    start, end = 0.0, columns
    if left_to_right:
        start, end = (_step_at(x, inspection) for x in (0, inspection.frame.width))
    frames = _frames(inspection, list(names))
    cells = "".join(
        f'<rect class="cm-{"cell" if i else "blank"}" x="{t}" y="{row + 0.05:.2f}" '
        f'width="1" height="0.9" fill-opacity="{_strength(probabilities[t, i]):.2f}">'
        f"<title>{word} {t + 1}: {escape(names[i] if i else 'no character')} "
        f"{percent(probabilities[t, i])}</title></rect>"
        for row, i in enumerate(names)
        for t in np.flatnonzero(probabilities[:, i] >= MIN_PROBABILITY).tolist()
        if t < columns
    )
    labels = "".join(f"<span>{escape(name)}</span>" for name in names.values())
    numbers = "".join(f"<span>{t + 1}</span>" for t in range(len(probabilities)))
    width = "100%" if left_to_right else f"{2 * len(probabilities)}rem"
    kind = "cm-heat" if left_to_right else "cm-heat cm-numbered"
    return (
        '<details class="cm-seen"><summary>What the network saw</summary>'
        f'<div class="{kind}" role="img" aria-label="{escape(description)}" '
        f'style="--rows:{len(names)};--width:{width}" data-testid="heat">'
        f'<svg viewBox="{start:g} 0 {end - start:g} {len(names)}" preserveAspectRatio="none">'
        f"{cells}{frames}</svg>"
        f'<div class="cm-names">{labels}</div>'
        + ("" if left_to_right else f'<div class="cm-positions">{numbers}</div>')
        + "</div>"
        + _caption(len(probabilities), left_out, framed=bool(frames), left_to_right=left_to_right)
        + "</details>"
    )


def _visible(character: str) -> str:
    return "\N{OPEN BOX}" if character.isspace() else character


def _step_at(x: float, inspection: Inspection) -> float:
    """Return the time step, with its fraction, over a column of the image, in pixels."""
    left, right = inspection.frame.seen
    return (x - left) * len(inspection.probabilities) * inspection.frame.filled / (right - left)


def _frames(inspection: Inspection, rows: list[int]) -> str:
    frames = []
    for c in inspection.reading.characters:
        if c.left is None or c.right is None:
            continue
        start, end = _step_at(c.left, inspection), _step_at(c.right, inspection)
        sides = f'x="{start:.3f}" width="{end - start:.3f}"'
        row = rows.index(inspection.characters.index(c.text) + 1)
        frames.append(
            f'<rect class="cm-between" {sides} y="0" height="{len(rows)}"/>'
            f'<rect class="cm-frame" {sides} y="{row}" height="1"/>'
        )
    return "".join(frames)


def _describe(inspection: Inspection) -> str:
    """Describe the heat map for screen readers."""
    probabilities, reading = inspection.probabilities, inspection.reading
    characters, left_to_right = inspection.characters, inspection.left_to_right
    found: list[tuple[int, int]] = []
    if left_to_right:
        for c in reading.characters:
            if c.left is None or c.right is None:
                continue
            first = min(int(_step_at(c.left, inspection)), len(probabilities) - 1)
            end = max(first + 1, round(_step_at(c.right, inspection)))
            i = characters.index(c.text) + 1
            found.append((first + int(probabilities[first:end, i].argmax()), i))
    else:
        found = [(t, i) for t, i in enumerate(probabilities.argmax(axis=1).tolist()) if i != BLANK]
    word = "step" if left_to_right else "position"
    if not found:
        return f"No character was read at any of {len(probabilities)} {word}s."
    named = ", ".join(
        f"{_visible(characters[i - 1])} {percent(probabilities[t, i])} at {word} {t + 1}"
        for t, i in found
    )
    return f"Probabilities of characters at {len(probabilities)} {word}s: {named}."


def _caption(steps: int, left_out: int, *, framed: bool, left_to_right: bool) -> str:
    columns = f"{steps} steps over the image" if left_to_right else f"{steps} positions of the text"
    more = f"; {left_out} less likely ones are left out" if left_out else ""
    frames = " Frames mark the characters that were read." if framed else ""
    scale = " ".join(
        f'<span class="cm-swatch"><i style="opacity:{_strength(p / 100):.2f}"></i>{p} %</span>'
        for p in (1, 10, 50, 100)
    )
    return (
        f'<p class="cm-note">Columns: {columns}. Rows: characters; {NONE} is the blank{more}.'
        f"{frames} Probability: {scale}</p>"
    )


def _strength(probability: float) -> float:
    """Return the opacity of a colour: the square root, so that small probabilities show too."""
    return math.sqrt(probability)
