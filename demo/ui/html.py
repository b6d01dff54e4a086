"""The page's own pieces of HTML. Everything that comes from outside is escaped here."""

import base64
import io
from html import escape
from itertools import takewhile

from PIL import Image

from captcha_model.images.decode import ImageSource, decode_image
from captcha_model.prediction import Character, Prediction
from demo.serving.readings import TimedReading, band, reason

MAX_PREVIEW = (800, 400)
THUMBNAIL = (160, 40)
# Another text is shown from this probability on, or from a tenth of the reading's own.
CLOSE = 0.01

EMPTY = (
    '<div class="cm-empty">Drop an image, paste one, or click an example. '
    "What it says appears here.</div>"
)


def preview(source: ImageSource, size: tuple[int, int] = MAX_PREVIEW) -> str:
    """Return an image as a PNG data URL of at most `size` pixels."""
    image = decode_image(source)
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


def share(confidence: float) -> str:
    """Write a threshold for people: with as many decimals as keep it from looking like 100 %."""
    for decimals in range(1, 6):
        text = f"{100 * confidence:.{decimals}f} %"
        if confidence == 1 or not text.startswith("100"):
            return text
    return "almost 100 %"


def render_reading(timed: TimedReading, picture: str, heat: str, device: str) -> str:
    """Return the whole result: the text, whether it is accepted, the image, the characters.

    Args:
        timed: what was read.
        picture: the image as a data URL.
        heat: what the network saw, from `demo.ui.heatmap`.
        device: what the model ran on.
    """
    reading = timed.inspection.reading
    kind = "cm-text" if reading.accepted else "cm-text cm-refused"
    of_what = "for the whole text" if reading.text else "for no text"
    headline = (
        f'<div class="{kind}" data-testid="text">{escape(reading.text)}</div>'
        if reading.text
        else '<div class="cm-text cm-refused cm-none">nothing to read</div>'
    )
    return (
        '<section class="cm-result" aria-live="polite">'
        f"{headline}"
        f'<div class="cm-about">{_verdict(reading, timed.min_confidence)}'
        f'<div class="cm-facts"><span class="cm-badge cm-{band(reading.confidence)}">'
        f"{percent(reading.confidence)} {of_what}</span>"
        f"<span>{timed.milliseconds:.1f} ms on {escape(device)}</span></div>"
        f"{_other_texts(reading)}</div>"
        f'<div class="cm-picture">{_spans(reading, picture)}{heat}</div>'
        f'<ol class="cm-tiles">{"".join(_tile(c) for c in reading.characters)}</ol>'
        "</section>"
    )


def render_problem(message: str) -> str:
    """Return what stands in the place of a result when an image cannot be read."""
    return (
        '<div class="cm-problem cm-low" role="alert" data-testid="problem">'
        f"<b>Nothing was read.</b> {escape(message)}</div>"
    )


def _verdict(reading: Prediction, min_confidence: float | None) -> str:
    kind, sign, word, why = "high", "\N{CHECK MARK}", "Accepted", ""
    if not reading.accepted:
        kind, sign, word = "low", "\N{MULTIPLICATION X}", "Not accepted"
        why = f"<span>{reason(reading)}{_missed(reading, min_confidence)}.</span>"
    return (
        f'<div class="cm-facts" data-testid="verdict"><span class="cm-badge cm-verdict cm-{kind}">'
        f'<span aria-hidden="true">{sign}</span> {word}</span>{why}</div>'
    )


def _missed(reading: Prediction, min_confidence: float | None) -> str:
    if reading.rejection_reason != "LOW_CONFIDENCE":
        return ""
    if min_confidence is None:
        return ": this model holds no confidence for high enough"
    return f": below {share(min_confidence)}"


def _other_texts(reading: Prediction) -> str:
    least = min(CLOSE, reading.confidence / 10)
    others = dict.fromkeys(
        other
        for other in (reading.runner_up, reading.length_variant)
        if other and other.confidence >= least
    )
    if not others:
        return ""
    named = " or ".join(
        f"<b>{_edited(other.text, reading.text)}</b> ({percent(other.confidence)})"
        for other in others
    )
    return f'<div class="cm-other-texts" data-testid="other-texts">It could also be {named}.</div>'


def _edited(text: str, read: str) -> str:
    """Return a text in HTML, with what is not as in another text one edit away marked."""
    start = _common(text, read)
    end = _common(text[start:][::-1], read[start:][::-1])
    middle = text[start : len(text) - end]
    marked = f"<mark>{escape(middle)}</mark>" if middle else ""
    return (escape(text[:start]) + marked + escape(text[len(text) - end :])) or "nothing"


def _common(a: str, b: str) -> int:
    """Return how many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


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
    return f'<img src="{picture}" alt="{alt}">{strip}'


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
