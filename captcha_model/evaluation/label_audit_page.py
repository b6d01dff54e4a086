"""An audit as one HTML page for people: the most suspect labels beside their pictures.

The page holds its pictures and its style, asks for nothing outside, and forbids the browser to.
Everything that comes from a data set is escaped by the template.
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

MAX_PICTURE = (600, 200)
MANY = 1e9  # From so large a factor on only its power of ten is told.
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
<p>{% if entries | length < images %}The {{ entries | length }} most suspect of {{ images }} images,
{% else %}All images, {% endif %}the strongest disagreement for a
character first. Below each character of a reading
stands how sure the model is of it; where it differs from the label, both are marked.</p>
</header>
<ol>
{% macro text(found, empty) %}{% if found %}<b>{{ found }}</b>{% else %}{{ empty }}{% endif %}
{% endmacro %}
{% for entry in entries %}{% set s = entry.suspicion %}
<li class="image">
<span class="file">{{ loop.index }}. {{ s.name }}</span>
<div>{% if entry.picture %}
<img src="{{ entry.picture }}" alt="The image labelled {{ s.label }}">
{% else %}<span class="none">This image cannot be read any more.</span>{% endif %}</div>
<div>
<table>
<tr class="text"><th scope="row">label</th>
{% for p in s.places %}<td{% if p.differs %} class="differs"{% endif %}>{{ p.expected }}</td>
{% endfor %}</tr>
<tr class="text"><th scope="row">reading</th>
{% for p in s.places %}<td{% if p.differs %} class="differs"{% endif %}>{{ p.read }}</td>
{% endfor %}</tr>
<tr class="sure"><th scope="row"></th>
{% for p in s.places %}<td>{{ "" if p.confidence is none else percent(p.confidence) }}</td>
{% endfor %}</tr>
</table>
<p class="verdict">{% if s.other is none %}The model knows no other text.
{% elif s.contradicted %}{{ text(s.other, "An empty text") }}
is {{ times(s.log_ratio) }} as probable as the label.
{% else %}Read as labelled, which is {{ times(-s.log_ratio) }} as probable as
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
    """A suspicion and its picture as a data URL; None where there is none to show."""

    suspicion: Suspicion
    picture: str | None


def audit_page(entries: Sequence[Entry], images: int, summary: str) -> str:
    """Render the page.

    Args:
        entries: what is shown, the most suspect first.
        images: how many there were in all.
        summary: a sentence on what was done and found.
    """
    import jinja2

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True
    )
    return environment.from_string(_TEMPLATE).render(
        entries=entries, images=images, summary=summary, percent=percent, times=times
    )


def picture_url(source: ImageSource) -> str | None:
    """Return an image as a PNG data URL of at most `MAX_PICTURE` pixels, or None if unreadable."""
    try:
        image = decode_image(source)
    except ImageError:
        return None
    image.thumbnail(MAX_PICTURE, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def percent(confidence: float) -> str:
    """Write a confidence for people: what only rounds to 0 or to 100 % does not become it."""
    if 0 < confidence < 0.0005:
        return "< 0.1 %"
    if 0.9995 <= confidence < 1:
        return "> 99.9 %"
    return f"{100 * confidence:.1f} %"


def times(logarithm: float) -> str:
    """Write the factor from 1 whose natural logarithm is given, with two digits."""
    if math.isinf(logarithm):
        return "infinitely many times"
    if logarithm > math.log(MANY):
        power = f"{logarithm / math.log(10):.0f}"
        return f"10{power.translate(_SUPERSCRIPTS)} times"
    factor = math.exp(logarithm)
    if factor < 10:
        return f"{factor:.2g} times"
    digits = len(str(int(factor))) - 2
    return f"{round(factor, -digits):,.0f} times"
