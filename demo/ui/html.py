"""The HTML of the page's results; all text from outside is escaped here."""

import base64
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import takewhile
from types import MappingProxyType

from PIL import Image

from captcha_model import Character, Inspection, Prediction, RejectionReason

from .next_steps import GUESS

MAX_PREVIEW = (800, 400)
THUMBNAIL = (160, 40)
# Another text is shown if its probability is at least this, or a tenth of the reading's own.
CLOSE = 0.01
# Confidences from which the colour of a badge is the one for "high" and for "medium".
HIGH, MEDIUM = 0.95, 0.70

REJECTIONS: Mapping[RejectionReason, str] = MappingProxyType(
    {
        "LOW_CONFIDENCE": "The confidence is too low",
        "NO_TEXT": "No text was found",
        "OUT_OF_DISTRIBUTION": "The image or the length of its text is unlike the training images",
        "CONSTRAINT_UNLIKELY": "The image does not fit the characters, length or pattern that are "
        "given or expected",
    }
)

_COPY = '<button type="button" class="cm-button" data-copy aria-label="Copy the text">Copy</button>'


@dataclass(frozen=True)
class TimedReading:
    """A reading with what the page shows beside it.

    Attributes:
        inspection: the reading and the probabilities of every time step.
        milliseconds: the time in which the image was decoded and read.
    """

    inspection: Inspection
    milliseconds: float


def band(confidence: float) -> str:
    """Return "high" from 95 %, "medium" from 70 %, else "low"."""
    return "high" if confidence >= HIGH else "medium" if confidence >= MEDIUM else "low"


def rejection(reading: Prediction) -> str:
    """Return why a reading is rejected, in words; an empty text if it is accepted."""
    return REJECTIONS[reading.rejection_reason] if reading.rejection_reason else ""


def png_url(image: Image.Image) -> str:
    """Return an image as a PNG data URL."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def percent_number(confidence: float) -> float:
    """Return a percentage with one decimal, rounded down, so that only 1 becomes 100."""
    return math.floor(1000 * confidence) / 10


def percent(confidence: float) -> str:
    """Format a confidence as `percent_number` does; only 0 and 1 become 0 % and 100 %."""
    if 0 < confidence < 0.001:
        return "< 0.1 %"
    if 0.999 < confidence < 1:
        return "> 99.9 %"
    return f"{percent_number(confidence):.1f} %"


def threshold_percent(confidence: float) -> str:
    """Format a threshold as a percentage, with enough decimals not to round it to 100 %."""
    for decimals in range(1, 6):
        text = f"{100 * confidence:.{decimals}f} %"
        if confidence == 1 or not text.startswith("100"):
            return text
    return "almost 100 %"


def result_html(
    timed: TimedReading, image_url: str, heatmap: str, device: str, next_steps: str = ""
) -> str:
    """Return the whole result: the text, whether it is accepted, the image, the characters.

    Args:
        timed: the reading.
        image_url: the image as a data URL.
        heatmap: the HTML of `demo.ui.heatmap`.
        device: the device and the runtime of the model.
        next_steps: the HTML of `demo.ui.next_steps`.
    """
    reading = timed.inspection.reading
    kind = "cm-text" if reading.accepted else "cm-text cm-rejected"
    what = "for the whole text" if reading.text else "probability that the image has no text"
    if reading.constraint_probability is not None and reading.text:
        what = "for the whole text, if the options are right"
    guess = "" if reading.accepted else f'<span class="cm-guess">{GUESS}</span>'
    headline = (
        f'<div class="cm-headline"><div class="{kind}" data-testid="text">{escape(reading.text)}'
        f"</div>{guess}{_COPY}</div>"
        if reading.text
        else '<div class="cm-text cm-rejected cm-none">no text found</div>'
    )
    if reading.value is not None:
        headline += f'<div class="cm-value" data-testid="value">Value: {reading.value}</div>'
    return (
        '<section class="cm-result" aria-label="Reading">'
        f"{headline}"
        f'<div class="cm-about">{_verdict(reading, timed.inspection.min_confidence)}'
        f"{warnings_html(_shown_warnings(reading, next_steps))}"
        f'<div class="cm-facts"><span class="cm-badge cm-{band(reading.confidence)}">'
        f"{percent(reading.confidence)} {what}</span>{_constraint(reading)}"
        f"<span>{_model(reading)}{timed.milliseconds:.1f} ms on {escape(device)}</span></div>"
        f"{_other_texts(reading)}</div>"
        f'<div class="cm-picture">{_spans(reading, image_url)}{heatmap}</div>{next_steps}'
        f'<ol class="cm-tiles">{"".join(_tile(c) for c in reading.characters)}</ol>'
        "</section>"
    )


def said(reading: Prediction) -> str:
    """Return what a screen reader says about a reading that has just been shown."""
    if not reading.text:
        return f"{rejection(reading) or 'No text was found'}."
    verdict = "accepted" if reading.accepted else f"not accepted: {rejection(reading)}"
    return f"Read {reading.text}, {percent(reading.confidence)}, {verdict}."


def problem_html(message: str) -> str:
    """Return the message that is shown instead of a result when nothing was read."""
    return (
        '<div class="cm-problem cm-low" data-testid="problem">'
        f"<b>Nothing was read.</b> {escape(message)}</div>"
    )


def _verdict(reading: Prediction, min_confidence: float | None) -> str:
    kind, sign, word, why = "high", "\N{CHECK MARK}", "Accepted", ""
    if not reading.accepted:
        kind, sign, word = "low", "\N{MULTIPLICATION X}", "Not accepted"
        why = f"<span>{rejection(reading)}{_threshold(reading, min_confidence)}.</span>"
    return (
        f'<div class="cm-facts" data-testid="verdict"><span class="cm-badge cm-verdict cm-{kind}">'
        f'<span aria-hidden="true">{sign}</span> {word}</span>{why}</div>'
    )


def warnings_html(warnings: Iterable[str]) -> str:
    """Return a paragraph for each of the warnings of readings."""
    return "".join(
        f'<p class="cm-note" data-testid="warning">{escape(warning)}</p>'
        for warning in dict.fromkeys(warnings)
    )


def _shown_warnings(reading: Prediction, next_steps: str) -> list[str]:
    """Return the warnings without the advice that the next steps give in the page's own words."""
    return [w for w in reading.warnings if not (next_steps and "captcha_model.read" in w)]


def _constraint(reading: Prediction) -> str:
    likely = reading.constraint_probability
    if likely is None:
        return ""
    fit = escape(percent(likely))
    return f'<span data-testid="constraint">How well the options fit the image: {fit}</span>'


def _model(reading: Prediction) -> str:
    if reading.model is None:
        return ""
    return f'Read by the model <b data-testid="model">{escape(reading.model)}</b> in '


def _threshold(reading: Prediction, min_confidence: float | None) -> str:
    if reading.rejection_reason != "LOW_CONFIDENCE":
        return ""
    if min_confidence is None:
        return ": this model has no threshold and accepts no reading"
    return f": below {threshold_percent(min_confidence)}"


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
    """Return a text in HTML; what differs from the reading, one edit away, is marked."""
    start = _common(text, read)
    end = _common(text[start:][::-1], read[start:][::-1])
    middle = text[start : len(text) - end]
    marked = f"<mark>{escape(middle)}</mark>" if middle else ""
    return (escape(text[:start]) + marked + escape(text[len(text) - end :])) or "nothing"


def _common(a: str, b: str) -> int:
    """Return the length of the common beginning of two texts."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _spans(reading: Prediction, image_url: str) -> str:
    scale = 100 / reading.width
    marks = "".join(
        f'<span class="cm-span cm-{band(c.confidence)}" style="left:{c.left * scale:.2f}%;'
        f'width:{(c.right - c.left) * scale:.2f}%">{escape(c.text)}</span>'
        for c in reading.characters
        if c.left is not None and c.right is not None
    )
    strip = f'<div class="cm-strip" aria-hidden="true">{marks}</div>' if marks else ""
    alt = escape(f"The image with the text {reading.text}" if reading.text else "The image")
    return f'<img src="{image_url}" alt="{alt}">{strip}'


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
        f'<ul class="cm-others" aria-label="other characters that it could be">{others}</ul>'
        "</li>"
    )
