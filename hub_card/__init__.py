"""The model card: a template and the facts that fill it."""

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class CardFacts:
    """What a model card says about one model.

    Attributes:
        characters: the vocabulary in the order of its ids.
        height: rows of the network's input, in pixels.
        width: columns of the network's input, in pixels.
        architecture: the name of the network.
        parameters: the number of its weights.
    """

    characters: str
    height: int
    width: int
    architecture: str
    parameters: int


def render_card(facts: CardFacts) -> str:
    """Render the card as Markdown with its YAML front matter."""
    import jinja2

    template = resources.files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    return environment.from_string(template).render(facts=facts)
