"""Rendering the template, and escaping any text that is put into it."""

import json
import re
from importlib import resources

from .facts import CardFacts


def render_card(facts: CardFacts) -> str:
    """Render the card as Markdown with its YAML front matter.

    Raises:
        jinja2.UndefinedError: the template uses a fact that does not exist.
    """
    import jinja2

    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "code": code_span,
        "cell": cell,
        "percent": percent,
        "yaml": yaml_string,
    }
    template = resources.files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8")
    return environment.from_string(template).render(facts=facts)


def code_span(text: str) -> str:
    """Return any text as a code span of Markdown."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def cell(markdown: str) -> str:
    """Return Markdown for a cell of a table, with its vertical bars escaped."""
    return markdown.replace("|", "\\|")


def percent(share: float) -> str:
    """Return a fraction as a percentage."""
    return f"{share:.2%}"


def yaml_string(text: str) -> str:
    """Return a printable text as a double-quoted YAML scalar; JSON strings are such scalars."""
    return json.dumps(text, ensure_ascii=False)
