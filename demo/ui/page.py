"""The Gradio page around a model."""

from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from anyio import to_thread
from gradio.utils import get_upload_folder

from captcha_model import (
    CaptchaError,
    ImageSource,
    ModelChooser,
    ReadingOptions,
    ReadingRow,
)
from demo.serving.batcher import DynamicBatcher
from demo.serving.readings import MAX_IMAGES, AnyModel, ShownImage, name_files
from demo.ui.gradio_api import add_endpoints, check_count
from demo.ui.heatmap import heatmap_html
from demo.ui.html import (
    EMPTY,
    MAX_PREVIEW,
    THUMBNAIL,
    TimedReading,
    png_url,
    problem_html,
    result_html,
    threshold_percent,
)
from demo.ui.table import COLUMNS, summary, table_row, write_csv
from demo.ui.uploads import image_input

FILE_TYPES = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"]
EXAMPLES = Path(__file__).parents[1] / "examples"


def build_demo(model: AnyModel, batcher: DynamicBatcher | None = None) -> gr.Blocks:
    """Build the page around a loaded model.

    Args:
        model: the model.
        batcher: reads the images; None makes one for the page alone.
    """
    batcher = batcher or DynamicBatcher(model)

    async def read_image(image: ImageSource | None, *texts: str | bool) -> str:
        if image is None:
            return EMPTY
        try:
            options = _options_of(texts)
            shown = ShownImage(image, MAX_PREVIEW)
            inspection, milliseconds = await batcher.inspect(shown, options)
        except CaptchaError as error:
            # Instead of the result: an earlier one must not stay beside the new image.
            return problem_html(str(error))
        timed = TimedReading(inspection, milliseconds)
        return await to_thread.run_sync(_show, model, timed, shown)

    async def read_table(
        paths: list[str] | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
        *texts: str | bool,
    ) -> tuple[Any, Any, str]:
        files = check_count(paths)
        if not files:
            return gr.update(value=[], visible=False), gr.update(visible=False), ""
        images = [ShownImage(path, THUMBNAIL) for path in files]
        named = ((name, image) for (name, _), image in zip(name_files(files), images, strict=True))
        done = 0

        def on_row(_: ReadingRow) -> None:
            nonlocal done
            done += 1
            progress((done, len(files)), desc="reading", unit="images")

        try:
            rows = await batcher.read_many(named, _options_of(texts), on_row)
        except CaptchaError as error:
            problem = problem_html(str(error))
            return gr.update(value=[], visible=False), gr.update(visible=False), problem
        table, csv_file = await to_thread.run_sync(_tabulate, rows, images)
        return (
            gr.update(value=table, visible=True),
            gr.update(value=csv_file, visible=True),
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
                    label="Synthetic examples",
                    api_visibility="private",
                )
                *one, read_one = _add_options(model, "one")
            with gr.Column(scale=3, min_width=300):
                result = gr.HTML(EMPTY, elem_id="result")
        with gr.Tab("Many images"):
            files = gr.File(
                file_count="multiple",
                file_types=FILE_TYPES,
                label=f"Images, at most {MAX_IMAGES}",
                elem_id="files",
                height=160,
            )
            *many, read_many = _add_options(model, "many")
            counts = gr.Markdown(elem_id="summary")
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
            [image.change, read_one.click, *_asks(one)],
            read_image,
            [image, *one],
            result,
            api_visibility="private",
            show_progress="minimal",
        )
        gr.on(
            [files.change, read_many.click, *_asks(many)],
            read_table,
            [files, *many],
            [table, download, counts],
            api_visibility="private",
        )
        add_endpoints(batcher)
    return page


def _show(model: AnyModel, timed: TimedReading, shown: ShownImage) -> str:
    heatmap = heatmap_html(timed.inspection)
    assert shown.preview is not None  # The image was read, so it was decoded.
    return result_html(timed, png_url(shown.preview), heatmap, model.device)


def _tabulate(
    rows: list[ReadingRow], images: list[ShownImage]
) -> tuple[list[list[str | float | None]], str]:
    """Return the rows of the table, and the path of the same rows as a CSV file."""
    table = [table_row(row, image.preview) for row, image in zip(rows, images, strict=True)]
    return table, write_csv(rows, Path(get_upload_folder()))


def _add_options(model: AnyModel, name: str) -> list[Any]:
    """Add a box for every reading option that the page offers; return them and a button."""
    own = None if isinstance(model, ModelChooser) else model.min_confidence
    fields: list[Any] = []
    with gr.Accordion("Options", open=False, elem_id=f"{name}-options"):
        for option in ReadingOptions.on_page():
            assert option.page
            placeholder = option.page.placeholder
            if option.name == "min_confidence" and own:
                placeholder += f", {threshold_percent(own)}"
            if option.is_flag:
                fields.append(gr.Checkbox(label=option.page.label))
                continue
            fields.append(
                gr.Textbox(
                    label=option.page.label,
                    placeholder=placeholder,
                    max_lines=1,
                    max_length=ReadingOptions.MAX_TEXT,
                )
            )
        return [*fields, gr.Button("Read again", size="sm")]


def _asks(fields: list[Any]) -> list[Any]:
    """Return the events of fields by which people ask for another reading."""
    return [box.input if isinstance(box, gr.Checkbox) else box.submit for box in fields]


def _options_of(texts: tuple[str | bool, ...]) -> ReadingOptions:
    """Return the options that the boxes hold.

    Raises:
        ConstraintError: a text is not valid.
    """
    names = [option.name for option in ReadingOptions.on_page()]
    return ReadingOptions.from_page(dict(zip(names, texts, strict=True)))


def _header(model: AnyModel) -> str:
    return (
        '<header class="cm-header"><h1>captcha_model</h1><p>Reads short noisy codes, with a '
        f"confidence for every character. {_about(model)}</p></header>"
    )


def _about(model: AnyModel) -> str:
    if not isinstance(model, ModelChooser) or len(model.models) == 1:
        return f"This model knows the characters {_code(model.characters)}."
    models = "".join(
        f"<li><b>{escape(each.name)}</b> reads {escape(each.reads)}: {_code(each.characters)}</li>"
        for each in model.models
    )
    return f"Each image is read by the model that suits it:</p><ul>{models}</ul><p>"


def _code(characters: str) -> str:
    shown = characters if len(characters) <= 80 else f"{characters[:80]}…"
    return f"<code>{escape(shown)}</code>"
