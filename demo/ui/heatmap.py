"""What the network saw, as a picture: how likely each character is at every step over the image."""

import math
from html import escape

import numpy as np
import numpy.typing as npt

from captcha_model.inference.decoder import Inspection
from captcha_model.vocabulary import BLANK
from demo.ui.html import percent

LEAST = 0.01
MAX_ROWS = 20
NONE = "\N{EMPTY SET}"

Floats = npt.NDArray[np.float64]


def choose_rows(probabilities: Floats, text: str, characters: str) -> tuple[list[int], int]:
    """Choose which characters are worth a row.

    Args:
        probabilities: shape (T, C), C = len(characters) + 1, class 0 no character.
        text: what was read; its characters have their rows first.
        characters: the vocabulary in the order of its ids.

    Returns:
        The ids of up to `MAX_ROWS` characters that are in the text or have a probability of
        `LEAST` at some step, in the vocabulary's order, and how many more such there are. A text
        of more different characters has a row for each of them.
    """
    peaks = probabilities.max(axis=0, initial=0.0)
    read = {characters.index(c) + 1 for c in text}
    others = [i for i in range(1, len(peaks)) if peaks[i] >= LEAST and i not in read]
    others.sort(key=lambda i: -peaks[i])
    room = max(0, MAX_ROWS - len(read))
    return sorted(read.union(others[:room])), len(others[room:])


def render_heat(inspection: Inspection, characters: str, *, left_to_right: bool) -> str:
    """Return the picture in HTML, in an element that can be folded up.

    Steps that follow the image from left to right lie under it, at its width, with a frame where
    each character of the reading stands. Others are places of the text and have a number each.

    Args:
        inspection: what was read and seen.
        characters: the vocabulary in the order of its ids.
        left_to_right: whether the steps follow the image.
    """
    seen, reading = inspection.probabilities, inspection.reading
    ids, left_out = choose_rows(seen, reading.text, characters)
    names = {i: _visible(characters[i - 1]) for i in ids} | {BLANK: NONE}
    # Steps over the padding at an image's right have no place under it.
    columns = len(seen) * (inspection.frame.filled if left_to_right else 1.0)
    word = "step" if left_to_right else "place"
    words = _in_words(inspection, characters, left_to_right=left_to_right)
    frames = _frames(inspection, list(names), characters, columns)
    cells = "".join(
        f'<rect class="cm-{"cell" if i else "blank"}" x="{t}" y="{row + 0.05:.2f}" '
        f'width="1" height="0.9" fill-opacity="{_strength(seen[t, i]):.2f}">'
        f"<title>{word} {t + 1}: {escape(names[i] if i else 'no character')} "
        f"{percent(seen[t, i])}</title></rect>"
        for row, i in enumerate(names)
        for t in np.flatnonzero(seen[:, i] >= LEAST).tolist()
        if t < columns
    )
    labels = "".join(f"<span>{escape(name)}</span>" for name in names.values())
    numbers = "".join(f"<span>{t + 1}</span>" for t in range(len(seen)))
    width = "100%" if left_to_right else f"{2 * len(seen)}rem"
    kind = "cm-heat" if left_to_right else "cm-heat cm-numbered"
    return (
        '<details class="cm-seen" open><summary>What the network saw</summary>'
        f'<div class="{kind}" role="img" aria-label="{escape(words)}" '
        f'style="--rows:{len(names)};--width:{width}" data-testid="heat">'
        f'<svg viewBox="0 0 {columns:g} {len(names)}" preserveAspectRatio="none">'
        f"{cells}{frames}</svg>"
        f'<div class="cm-names">{labels}</div>'
        + ("" if left_to_right else f'<div class="cm-places">{numbers}</div>')
        + "</div>"
        + _caption(len(seen), left_out, framed=bool(frames), left_to_right=left_to_right)
        + "</details>"
    )


def _visible(character: str) -> str:
    return "\N{OPEN BOX}" if character.isspace() else character


def _frames(inspection: Inspection, rows: list[int], characters: str, columns: float) -> str:
    scale = columns / inspection.frame.width
    return "".join(
        f'<rect class="cm-between" x="{c.left * scale:.3f}" y="0" '
        f'width="{(c.right - c.left) * scale:.3f}" height="{len(rows)}"/>'
        f'<rect class="cm-frame" x="{c.left * scale:.3f}" '
        f'y="{rows.index(characters.index(c.text) + 1)}" '
        f'width="{(c.right - c.left) * scale:.3f}" height="1"/>'
        for c in inspection.reading.characters
        if c.left is not None and c.right is not None
    )


def _in_words(inspection: Inspection, characters: str, *, left_to_right: bool) -> str:
    """Say what the picture shows, for those who do not see it."""
    seen, reading, frame = inspection.probabilities, inspection.reading, inspection.frame
    found: list[tuple[int, int]] = []
    if left_to_right:
        step = frame.width / (len(seen) * frame.filled)  # In pixels of the image.
        for c in reading.characters:
            if c.left is None or c.right is None:
                continue
            first = min(int(c.left / step), len(seen) - 1)
            end = max(first + 1, round(c.right / step))
            i = characters.index(c.text) + 1
            found.append((first + int(seen[first:end, i].argmax()), i))
    else:
        found = [(t, i) for t, i in enumerate(seen.argmax(axis=1).tolist()) if i != BLANK]
    word = "step" if left_to_right else "place"
    if not found:
        return f"No character was read at any of {len(seen)} {word}s."
    named = ", ".join(
        f"{_visible(characters[i - 1])} {percent(seen[t, i])} at {word} {t + 1}" for t, i in found
    )
    return f"How likely the characters are, of {len(seen)} {word}s: {named}."


def _caption(steps: int, left_out: int, *, framed: bool, left_to_right: bool) -> str:
    columns = f"{steps} steps over the image" if left_to_right else f"{steps} places of the text"
    more = f"; {left_out} less likely ones are left out" if left_out else ""
    frames = " Framed: what was read." if framed else ""
    scale = " ".join(
        f'<span class="cm-swatch"><i style="opacity:{_strength(p / 100):.2f}"></i>{p} %</span>'
        for p in (1, 10, 50, 100)
    )
    return (
        f'<p class="cm-note">Columns: {columns}. Rows: characters, {NONE} for none{more}.{frames} '
        f"Likelihood: {scale}</p>"
    )


def _strength(probability: float) -> float:
    """Return how strong a colour is, from 0 to 1: the root, so that what is unlikely shows too."""
    return math.sqrt(probability)
