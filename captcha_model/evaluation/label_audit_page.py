"""The result of a label audit as an HTML page: the most suspicious labels next to their images.

The page contains its images and its style, loads nothing else, and its Content-Security-Policy
blocks other requests. The template escapes everything that comes from a data set.
"""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.evaluation.label_audit import Suspicion
from captcha_model.images.decode import ImageSource, decode_image

MAX_IMAGE_SIZE = (600, 200)  # Width and height, in pixels.
MAX_WRITTEN_FACTOR = 1e9  # Larger factors are shown as powers of ten.
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Label audit</title>
<style>
:root { color-scheme: light dark; --ink: #1f2328; --faint: #656d76; --line: #d8dee4;
  --ground: #fff; --low: #a8201a; --low-ground: #fde8e6; --mono: ui-monospace, monospace; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #9198a1; --line: #3d444d;
  --ground: #15181c; --low: #ff9d94; --low-ground: #431a17; } }
body { max-width: 1080px; margin: 0 auto; padding: 1rem; color: var(--ink);
  background: var(--ground); font: 1rem/1.45 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0.4rem 0 0.2rem; }
header p { margin: 0.2rem 0; color: var(--faint); }
ol { margin: 1.2rem 0; padding: 0; list-style: none; }
.image { display: grid; grid-template-columns: minmax(200px, 300px) 1fr; gap: 0.4rem 1.2rem;
  padding: 1rem 0; border-top: 1px solid var(--line); }
.image img { display: block; width: 100%; border-radius: 6px; }
.file { grid-column: 1 / -1; color: var(--faint); font-size: 0.9rem; overflow-wrap: anywhere; }
.none { color: var(--faint); }
table { border-collapse: collapse; }
th { padding-right: 0.8rem; text-align: left; color: var(--faint); font-weight: 400; }
td { min-width: 3.2rem; padding: 0 0.3rem; text-align: center; }
.text td { font: 700 1.5rem/1.4 var(--mono); white-space: pre; }
.sure td { color: var(--faint); font-size: 0.8rem; font-variant-numeric: tabular-nums; }
.differs { color: var(--low) !important; background: var(--low-ground); }
.verdict { margin: 0.4rem 0 0; font-size: 0.9rem; }
.verdict b { font-family: var(--mono); white-space: pre-wrap; }
@media (max-width: 640px) { .image { grid-template-columns: 1fr; } }
</style>
</head>
<body>
<header>
<h1>Label audit</h1>
<p>{{ summary }}</p>
<p>{% if entries | length < images %}
The {{ entries | length }} most suspicious of {{ images }} images,
{% else %}All images, {% endif %}strongest disagreement first.
The numbers below a reading are the confidences of its characters.
Differences from the label are marked.</p>
</header>
<ol>
{% macro text(found, empty) %}{% if found %}<b>{{ found }}</b>{% else %}{{ empty }}{% endif %}
{% endmacro %}
{% for entry in entries %}{% set s = entry.suspicion %}
<li class="image">
<span class="file">{{ loop.index }}. {{ s.name }}</span>
<div>{% if entry.image_url %}
<img src="{{ entry.image_url }}" alt="The image labelled {{ s.label }}">
{% else %}<span class="none">This image can no longer be read.</span>{% endif %}</div>
<div>
<table>
<tr class="text"><th scope="row">label</th>
{% for p in s.alignment %}<td{% if p.differs %} class="differs"{% endif %}>{{ p.expected }}</td>
{% endfor %}</tr>
<tr class="text"><th scope="row">reading</th>
{% for p in s.alignment %}<td{% if p.differs %} class="differs"{% endif %}>{{ p.read }}</td>
{% endfor %}</tr>
<tr class="sure"><th scope="row"></th>
{% for p in s.alignment %}<td>{{ "" if p.confidence is none else percent(p.confidence) }}</td>
{% endfor %}</tr>
</table>
<p class="verdict">{% if s.other is none %}The model has no other text.
{% elif s.contradicted %}{{ text(s.other, "An empty text") }}
is {{ times(s.log_ratio) }} as probable as the label.
{% else %}The reading equals the label, which is {{ times(-s.log_ratio) }} as probable as
{{ text(s.other, "an empty text") }}.{% endif %}</p>
</div>
</li>
{% endfor %}
</ol>
</body>
</html>
"""


@dataclass(frozen=True)
class Entry:
    """A row of the page.

    Attributes:
        suspicion: the audited label.
        image_url: the image as a data URL; None if it cannot be read.
    """

    suspicion: Suspicion
    image_url: str | None


def audit_page(entries: Sequence[Entry], images: int, summary: str) -> str:
    """Render the page.

    Args:
        entries: the labels to show, most suspicious first.
        images: the number of audited images.
        summary: a sentence about the audit and its result.
    """
    import jinja2

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True
    )
    return environment.from_string(_TEMPLATE).render(
        entries=entries, images=images, summary=summary, percent=percent, times=times
    )


def image_url(source: ImageSource) -> str | None:
    """Return an image as a PNG data URL, reduced to `MAX_IMAGE_SIZE`; None if it is unreadable."""
    try:
        image = decode_image(source)
    except ImageError:
        return None
    image.thumbnail(MAX_IMAGE_SIZE, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def percent(confidence: float) -> str:
    """Format a confidence; values that would be rounded to 0 or 100 % are shown as bounds."""
    if 0 < confidence < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= confidence < 1:
        return "> 99.9 %"
    return f"{100 * confidence:.1f} %"


def times(logarithm: float) -> str:
    """Format a factor >= 1, given as its natural logarithm, with two significant digits."""
    if math.isinf(logarithm):
        return "infinitely many times"
    if logarithm > math.log(MAX_WRITTEN_FACTOR):
        power = f"{logarithm / math.log(10):.0f}"
        return f"10{power.translate(_SUPERSCRIPTS)} times"
    factor = math.exp(logarithm)
    if factor < 10:
        return f"{factor:.2g} times"
    digits = len(str(int(factor))) - 2
    return f"{round(factor, -digits):,.0f} times"
