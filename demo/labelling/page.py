"""The Gradio page that labels a folder; like the demo's it is plain HTML that a script enlivens."""

from html import escape
from pathlib import Path

import gradio as gr

from captcha_model import LabelSession

STYLE = Path(__file__).parent / "label.css"
_SCRIPT = Path(__file__).parent / "label.js"
# Keys that mean nothing in a field of one line, or come with Alt, so that any character can be
# typed. The script has the same.
_ACTIONS = (
    ("skip", "Skip", "Page Down", "PageDown"),
    ("undo", "Undo", "Page Up", "PageUp"),
    ("unreadable", "Cannot be read", "Alt+X", "Alt+X"),
    ("zoom", "Zoom", "Alt+Z", "Alt+Z"),
    ("grid", "Check labels", "Alt+G", "Alt+G"),
)


def build_label_page(session: LabelSession) -> gr.Blocks:
    """Build the page.

    Args:
        session: the folder.
    """
    with gr.Blocks(title="Label images", analytics_enabled=False) as page:
        gr.HTML(page_html(session.folder), js_on_load=_script())
    return page


def page_html(folder: str) -> str:
    """Return the page without an image.

    Args:
        folder: the name of the folder, for people.
    """
    buttons = "".join(
        f'<button type="button" class="cm-button" data-action="{action}" '
        f'aria-keyshortcuts="{keys}">{name} <kbd>{key}</kbd></button>'
        for action, name, key, keys in _ACTIONS
    )
    return (
        f'<header class="cm-header"><h1>Label images</h1><p>{escape(folder)}</p></header>'
        '<captcha-labeller><div class="lb-progress">'
        '<progress aria-label="Images that are done" value="0" max="1"></progress>'
        "<p data-counts></p><p data-estimate></p><p data-training></p></div>"
        '<p class="cm-problem cm-low" role="alert" data-problem hidden></p>'
        '<p class="cm-hidden" role="status" data-said></p>'
        '<form class="lb-work" autocomplete="off"><figure tabindex="-1">'
        '<img data-image alt="" hidden><figcaption data-name></figcaption></figure>'
        '<label for="lb-text">What the image shows <span data-confidence></span></label>'
        '<div class="lb-entry"><input id="lb-text" autocapitalize="off" autocorrect="off" '
        'spellcheck="false" maxlength="200">'
        '<button class="cm-button lb-save" data-action="save">Save <kbd>Enter</kbd></button></div>'
        '<div class="lb-others" data-others></div>'
        f'<div class="lb-actions">{buttons}</div></form>'
        '<section class="lb-grid" aria-labelledby="lb-grid-title" hidden>'
        '<h2 id="lb-grid-title" tabindex="-1">Check labels</h2>'
        "<p>A label that a model without it reads differently comes first, and has its reading "
        "below it. Choose an image to correct its label.</p><ol></ol>"
        '<div class="lb-actions"><button type="button" class="cm-button" data-grid="-1">Back'
        '</button><span data-range></span><button type="button" class="cm-button" data-grid="1">'
        'Next</button><button type="button" class="cm-button" data-action="grid" '
        'aria-keyshortcuts="Alt+G">Label on <kbd>Alt+G</kbd></button></div></section>'
        '<section class="lb-finish" aria-label="The model"><button type="button" class="cm-button" '
        'data-action="finish">Train the model now</button><div data-model></div></section>'
        "</captcha-labeller>"
    )


def _script() -> str:
    """Return the page's script: one function, so that nothing of it is global."""
    return "(() => {\n" + _SCRIPT.read_text(encoding="utf-8") + "\n})();"
