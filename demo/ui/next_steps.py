"""What the page says about a rejected reading: why it is one, and what to do next."""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from captcha_model import Prediction, RejectionReason

from ..serving.models import AUTO, ServedModel

GUESS = "Best guess, not accepted"
TRAINING = (
    "python -m pip install 'captcha-model[train,demo]'",
    "captcha-model label my-images/",
    "captcha-model train --data my-images/labels.jsonl --out runs/mine",
    # Not the port of the page that says this.
    "captcha-model serve --model runs/mine/model --port 7861",
)
_ADVICE: Mapping[RejectionReason, str] = MappingProxyType(
    {
        "LOW_CONFIDENCE": "If you know the length, the characters or a pattern of the text, give "
        "them under Options: the reading can become certain by that.",
        "NO_TEXT": "If the image has a text, cut the image so that the text fills it.",
        "OUT_OF_DISTRIBUTION": "",
        "CONSTRAINT_UNLIKELY": "Check what is given under Options, or leave it out. If nothing is "
        "given, the model expects texts of other lengths: any under Length reads all.",
    }
)


def next_steps_html(reading: Prediction, asked: ServedModel, models: Sequence[ServedModel]) -> str:
    """Return what follows the verdict on a rejected reading; nothing for an accepted one.

    Args:
        reading: the reading.
        asked: the model that was asked.
        models: all models of the server.
    """
    reason = reading.rejection_reason
    if reason is None:
        return ""
    if reason == "CONSTRAINT_UNLIKELY":
        return f'<p class="cm-note" data-testid="next-steps">{_ADVICE[reason]}</p>'
    read_by = next((m for m in models if m.name == reading.model), asked)
    guess = "What it reads here is its best guess." if reading.text else ""
    said = " ".join(filter(None, (describe_model_html(read_by), guess, _ADVICE[reason])))
    return (
        '<section class="cm-next" data-testid="next-steps" aria-label="What to do next">'
        f"<p>{said}</p><ul>"
        + "".join(f"<li>{step}</li>" for step in _steps(reading, asked, models))
        + "</ul></section>"
    )


def describe_model_html(model: ServedModel) -> str:
    """Return the sentence that says what a model reads."""
    return (
        f"The model <b>{escape(model.name)}</b> reads {escape(model.reads)}; "
        f"its characters are {characters_html(model.characters)}."
    )


def characters_html(characters: str) -> str:
    """Return characters as code; of very many only the first."""
    shown = characters if len(characters) <= 80 else f"{characters[:80]}…"
    return f"<code>{escape(shown)}</code>"


def _steps(reading: Prediction, asked: ServedModel, models: Sequence[ServedModel]) -> list[str]:
    tried = {asked.name, reading.model}
    if asked.name == AUTO:
        # It has found that the first model does not suit the image.
        tried |= {m.name for m in models if m.is_bundled}
    steps = [
        f'<button type="button" class="cm-button" data-read-with="{escape(m.name)}">Read it with '
        f"{escape(m.name)}</button>, which reads {escape(m.reads)}"
        for m in models
        if m.name not in tried and m.name != AUTO
    ]
    commands = "".join(f"<code>{escape(command)}</code>" for command in TRAINING)
    steps.append(
        "<details><summary>Train on your own images</summary>"
        f'<pre tabindex="0" aria-label="Commands">{commands}</pre>'
        "<p><code>my-images/</code> is a folder of images. The second command opens a page that "
        "proposes their labels, and most of them take one key. Twenty are a start, and more make "
        "the model more accurate. The training says how well it reads images that it has not "
        "seen.</p></details>"
    )
    steps.append(
        "Read in the documentation how to label (<code>docs/labelling.md</code>), how to train "
        "(<code>docs/training.md</code>) and why readings are rejected "
        "(<code>docs/confidence.md</code>)."
    )
    return steps
