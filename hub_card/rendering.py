"""From facts to Markdown: the template, and how texts of any kind are put into it."""

import json
import re
from importlib import resources

from .facts import CardFacts


def render_card(facts: CardFacts) -> str:
    """Render the card as Markdown with its YAML front matter.

    Raises:
        jinja2.UndefinedError: the template names a fact that there is not.
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
    """Return a text as Markdown's `code`, whatever characters it has."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def cell(markdown: str) -> str:
    """Return Markdown for a cell of a table, where a bar would begin the next one."""
    return markdown.replace("|", "\\|")


def percent(share: float) -> str:
    """Return a share of 1 as per cent."""
    return f"{share:.2%}"


def yaml_string(text: str) -> str:
    """Return a printable text as a YAML scalar in double quotes, of which JSON's is one."""
    return json.dumps(text, ensure_ascii=False)
