"""The page's own pieces of HTML. Everything that comes from outside is escaped here."""

import base64
import io
from html import escape

from PIL import Image

from captcha_model.images import decode
from captcha_model.prediction import Character, Prediction
from demo.reading import TimedReading, band

MAX_PREVIEW = (800, 400)
THUMBNAIL = (160, 40)

EMPTY = (
    '<div class="cm-empty">Drop an image, paste one, or click an example. '
    "What it says appears here.</div>"
)


def preview(path: str, size: tuple[int, int] = MAX_PREVIEW) -> str:
    """Return an image file as a PNG data URL of at most `size` pixels."""
    image = decode(path)
    image.thumbnail(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def percent(confidence: float) -> str:
    """Write a confidence for people: what only rounds to 0 or to 100 % does not become it."""
    if 0 < confidence < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= confidence < 1:
        return "> 99.9 %"
    return f"{confidence:.1%}".replace("%", " %")


def render_reading(timed: TimedReading, picture: str, device: str) -> str:
    """Return the whole result: the text, the image with its spans, a tile for every character.

    Args:
        timed: what was read.
        picture: the image as a data URL.
        device: what the model ran on.
    """
    reading = timed.reading
    text = escape(reading.text)
    headline = (
        f'<div class="cm-text" data-testid="text">{text}</div>'
        if reading.text
        else '<div class="cm-text cm-none">nothing to read</div>'
    )
    return (
        '<section class="cm-result" aria-live="polite">'
        f"{headline}"
        f'<div class="cm-facts"><span class="cm-badge cm-{band(reading.confidence)}">'
        f"{percent(reading.confidence)} for the whole text</span>"
        f"<span>{timed.milliseconds:.1f} ms on {escape(device)}</span></div>"
        f"{_spans(reading, picture)}"
        f'<ol class="cm-tiles">{"".join(_tile(c) for c in reading.characters)}</ol>'
        "</section>"
    )


def render_problem(message: str) -> str:
    """Return what stands in the place of a result when an image cannot be read."""
    return (
        '<div class="cm-problem cm-low" role="alert" data-testid="problem">'
        f"<b>Nothing was read.</b> {escape(message)}</div>"
    )


def _spans(reading: Prediction, picture: str) -> str:
    scale = 100 / reading.width
    marks = "".join(
        f'<span class="cm-span cm-{band(c.confidence)}" style="left:{c.left * scale:.2f}%;'
        f'width:{(c.right - c.left) * scale:.2f}%">{escape(c.text)}</span>'
        for c in reading.characters
        if c.left is not None and c.right is not None
    )
    strip = f'<div class="cm-strip" aria-hidden="true">{marks}</div>' if marks else ""
    alt = escape(f"The image that reads {reading.text}" if reading.text else "The image")
    return f'<div class="cm-picture"><img src="{picture}" alt="{alt}">{strip}</div>'


def _tile(character: Character) -> str:
    kind = band(character.confidence)
    others = "".join(
        f"<li><b>{escape(a.text)}</b> {percent(a.confidence)}</li>" for a in character.alternatives
    )
    return (
        f'<li class="cm-tile cm-{kind}" data-testid="tile" '
        f'title="{kind} confidence">'
        f'<span class="cm-character">{escape(character.text)}</span>'
        f'<span class="cm-percent">{percent(character.confidence)}</span>'
        f'<span class="cm-bar"><i style="width:{100 * character.confidence:.1f}%"></i></span>'
        f'<ul class="cm-others" aria-label="instead it could be">{others}</ul>'
        "</li>"
    )
