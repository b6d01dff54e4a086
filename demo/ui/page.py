"""The Gradio page around a model."""

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from captcha_model import networks
from captcha_model.errors import CaptchaError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.decoder import ReadOptions
from captcha_model.model import CaptchaModel
from demo.api.options import parse_percent, read_options
from demo.serving.batcher import DynamicBatcher
from demo.serving.readings import MAX_IMAGES, Row, name_files, own_min_confidence, read_timed
from demo.ui.gradio_api import add_endpoints, checked
from demo.ui.heatmap import render_heat
from demo.ui.html import EMPTY, preview, render_problem, render_reading, share
from demo.ui.table import COLUMNS, summary, table_row, thumbnail, write_csv
from demo.ui.uploads import image_input

FILE_TYPES = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"]
EXAMPLES = Path(__file__).parents[1] / "examples"


def build_demo(model: CaptchaModel, batcher: DynamicBatcher | None = None) -> gr.Blocks:
    """Build the page. The model must be loaded; nothing else happens before somebody uses it.

    Args:
        model: what reads.
        batcher: where readings wait for their turn; one of the page's own when left out.
    """
    batcher = batcher or DynamicBatcher(model)
    left_to_right = networks.describe(model.config).left_to_right

    def show(image: ImageSource, how: ReadOptions) -> str:
        timed = read_timed(model, image, how)
        heat = render_heat(timed.inspection, model.config.characters, left_to_right=left_to_right)
        return render_reading(timed, preview(image), heat, model.device)

    async def read_page(
        image: ImageSource | None, charset: str, length: str, pattern: str, least: str
    ) -> str:
        if image is None:
            return EMPTY
        try:
            how = read_options(charset, length, pattern, parse_percent(least))
            return await batcher.run_single(lambda: show(image, how))
        except CaptchaError as error:
            # In the place of the result: an earlier one must not stay beside the new image.
            return render_problem(str(error))

    async def read_table(
        paths: list[str] | None,
        charset: str,
        length: str,
        pattern: str,
        least: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, Any, str]:
        files = checked(paths)
        if not files:
            return gr.update(value=[], visible=False), gr.update(visible=False), ""

        def read(how: ReadOptions) -> tuple[list[Row], list[str]]:
            rows, pictures = [], []
            for path, row in zip(files, batcher.iter_rows(name_files(files), how), strict=True):
                rows.append(row)
                pictures.append(thumbnail(path, row))
                progress((len(rows), len(files)), desc="reading", unit="images")
            return rows, pictures

        try:
            how = read_options(charset, length, pattern, parse_percent(least))
            rows, pictures = await batcher.run_many(lambda: read(how))
        except CaptchaError as error:
            problem = render_problem(str(error))
            return gr.update(value=[], visible=False), gr.update(visible=False), problem
        table = [table_row(row, picture) for row, picture in zip(rows, pictures, strict=True)]
        return (
            gr.update(value=table, visible=True),
            gr.update(value=write_csv(rows, Path(get_upload_folder())), visible=True),
            summary(rows),
        )

    with gr.Blocks(title="captcha_model", analytics_enabled=False) as page:
        gr.HTML(_header(model))
        with gr.Tab("One image"), gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=300):
                image = image_input(
                    sources=["upload", "clipboard"],
                    label="Image",
                    elem_id="image",
                    height=220,
                    buttons=[],
                )
                gr.Examples(
                    [[str(path)] for path in sorted(EXAMPLES.glob("*.png"))],
                    image,
                    label="Examples, drawn by ourselves",
                    api_visibility="private",
                )
                one = _add_options(model, "one")
            with gr.Column(scale=3, min_width=300):
                result = gr.HTML(EMPTY, elem_id="result")
        with gr.Tab("Many images"):
            files = gr.File(
                file_count="multiple",
                file_types=FILE_TYPES,
                label=f"Images, up to {MAX_IMAGES}",
                elem_id="files",
                height=160,
            )
            many = _add_options(model, "many")
            told = gr.Markdown(elem_id="summary")
            headings, kinds, widths = zip(*COLUMNS, strict=True)
            table = gr.Dataframe(
                headers=list(headings),
                datatype=list(kinds),
                column_widths=list(widths),
                wrap=True,
                interactive=False,
                visible=False,
                label="Readings; click a heading to sort",
                elem_id="table",
                max_height=640,
            )
            download = gr.DownloadButton("Download as CSV", visible=False, elem_id="csv")

        gr.on(
            [image.change, *_asked(one)],
            read_page,
            [image, *one[:-1]],
            result,
            api_visibility="private",
            show_progress="minimal",
        )
        gr.on(
            [files.change, *_asked(many)],
            read_table,
            [files, *many[:-1]],
            [table, download, told],
            api_visibility="private",
        )
        add_endpoints(batcher)
    return page


def _add_options(model: CaptchaModel, name: str) -> list[Any]:
    """Add what can be said of the texts, in the order of `read_options`, and a button last."""
    own = own_min_confidence(model)
    with gr.Accordion("Options", open=False, elem_id=f"{name}-options"):
        boxes = [
            gr.Textbox(label=label, placeholder=example, max_lines=1, max_length=1000)
            for label, example in (
                ("Only these characters", "all that the model knows"),
                ("Length", "any; 5, 4-6, 4- or -6"),
                ("Pattern", r"none; [a-f]{2}\d{4}"),
                ("Least confidence, %", "the model's own" + (f", {share(own)}" if own else "")),
            )
        ]
        return [*boxes, gr.Button("Read again", size="sm")]


def _asked(options: list[Any]) -> list[Any]:
    """Return the events at which images are read again: Enter in a box, or the button."""
    *boxes, button = options
    return [button.click, *(box.submit for box in boxes)]


def _header(model: CaptchaModel) -> str:
    characters = model.config.characters
    shown = characters if len(characters) <= 80 else f"{characters[:80]}…"
    return (
        '<header class="cm-header"><h1>captcha_model</h1><p>Reads short noisy codes, with a '
        "confidence for every character. This model knows the characters "
        f"<code>{escape(shown)}</code>.</p></header>"
    )
