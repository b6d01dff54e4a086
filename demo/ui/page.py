"""The Gradio page around the models of a server."""

from pathlib import Path

import gradio as gr

from ..serving.models import ServedModels
from .gradio_api import LenientBlocks, add_endpoints
from .pieces import header_html, reader_html, table_html

_SCRIPTS = Path(__file__).parent / "scripts"
# In this order: each uses what those before it define.
_NAMES = ("common.js", "models.js", "reader.js", "table.js")
_FOOTER = (
    '<footer class="cm-footer"><a href="docs">REST API</a> '
    '<button type="button" data-show-api>Gradio API</button></footer>'
)


def build_demo(models: ServedModels) -> gr.Blocks:
    """Build the page.

    Args:
        models: read the images that Gradio's API gets; the page itself uses `demo.ui.routes`.
    """
    with LenientBlocks(title="captcha_model", analytics_enabled=False) as page:
        gr.HTML(header_html(models), js_on_load=_script())
        with gr.Tab("One image"):
            gr.HTML(reader_html(models), js_on_load=None)
        with gr.Tab("Many images"):
            gr.HTML(table_html(models), js_on_load=None)
        gr.HTML(_FOOTER, js_on_load=None)
        add_endpoints(models)
    return page


def _script() -> str:
    """Return the page's script: one function, so that nothing of it is global."""
    parts = [(_SCRIPTS / name).read_text(encoding="utf-8") for name in _NAMES]
    return "(() => {\n" + "\n".join(parts) + "\n})();"
