"""The Gradio page around a model."""

import math
import tempfile
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from captcha_model.errors import CaptchaError
from captcha_model.model import CaptchaModel
from captcha_model.tables import json_row
from demo.reading import MAX_IMAGES, Row, read_rows, read_timed, rows_to_csv
from demo.render import EMPTY, THUMBNAIL, preview, render_problem, render_reading
from demo.uploads import image_input

FILE_TYPES = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"]
EXAMPLES = Path(__file__).parent / "examples"
HEADERS = ["picture", "file", "text", "confidence %", "lowest", "lowest %", "note"]


def build_demo(model: CaptchaModel) -> gr.Blocks:
    """Build the page. The model must be loaded; nothing else happens before somebody uses it."""

    def read_page(path: str | None) -> str:
        if path is None:
            return EMPTY
        try:
            timed = read_timed(model, path)
            return render_reading(timed, preview(path), model.device)
        except CaptchaError as error:
            # In the place of the result: an earlier one must not stay beside the new image.
            return render_problem(str(error))

    def read(image: str | None) -> dict[str, Any]:
        if image is None:
            raise gr.Error("There is no image to read.", print_exception=False)
        try:
            return model.predict(Path(image)).to_dict()
        except CaptchaError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def read_many(images: list[str] | None) -> list[dict[str, Any]]:
        return [json_row(row.name, row.result) for row in read_rows(model, _checked(images))]

    def read_table(
        paths: list[str] | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> tuple[Any, Any, str]:
        files = _checked(paths)
        if not files:
            return gr.update(value=[], visible=False), gr.update(visible=False), ""
        rows, pictures = [], []
        for path, row in zip(files, read_rows(model, files), strict=True):
            rows.append(row)
            pictures.append(_thumbnail(path, row))
            progress((len(rows), len(files)), desc="reading", unit="images")
        table = [_table_row(row, picture) for row, picture in zip(rows, pictures, strict=True)]
        return (
            gr.update(value=table, visible=True),
            gr.update(value=_write_csv(rows), visible=True),
            _summary(rows),
        )

    with gr.Blocks(
        title="captcha_model", analytics_enabled=False, delete_cache=(600, 3600)
    ) as page:
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
            summary = gr.Markdown(elem_id="summary")
            table = gr.Dataframe(
                headers=HEADERS,
                datatype=["html", "str", "str", "number", "str", "number", "str"],
                column_widths=["180px", "150px", "110px", "130px", "80px", "100px", "210px"],
                wrap=True,
                interactive=False,
                visible=False,
                label="Readings; click a heading to sort",
                elem_id="table",
                max_height=640,
            )
            download = gr.DownloadButton("Download as CSV", visible=False, elem_id="csv")

        image.change(read_page, image, result, api_visibility="private", show_progress="minimal")
        files.change(read_table, files, [table, download, summary], api_visibility="private")
        _add_endpoints(read, read_many)
    return page


def _add_endpoints(read: Any, read_many: Any) -> None:
    """Add `/read` and `/read_many`, which return plain JSON, on components nobody sees."""
    one = image_input(visible=False, label="image")
    many = gr.File(file_count="multiple", visible=False, label="images")
    answer, trigger = gr.JSON(visible=False), gr.Button(visible=False)
    trigger.click(
        read,
        one,
        answer,
        api_name="read",
        api_description="Read one image: its text with a confidence for every character.",
    )
    trigger.click(
        read_many,
        many,
        answer,
        api_name="read_many",
        api_description="Read several images, in order; one that cannot be read has an error.",
    )


def _header(model: CaptchaModel) -> str:
    characters = model.config.characters
    shown = characters if len(characters) <= 80 else f"{characters[:80]}…"
    return (
        '<header class="cm-header"><h1>captcha_model</h1><p>Reads short noisy codes, with a '
        "confidence for every character. This model knows the characters "
        f"<code>{escape(shown)}</code>.</p></header>"
    )


def _checked(paths: list[str] | None) -> list[str]:
    if paths and len(paths) > MAX_IMAGES:
        raise gr.Error(
            f"{len(paths)} images are too many at once; up to {MAX_IMAGES} are read.",
            title="Too many images",
            print_exception=False,
        )
    return paths or []


def _thumbnail(path: str, row: Row) -> str:
    if isinstance(row.result, CaptchaError):
        return ""
    return f'<img src="{preview(path, THUMBNAIL)}" alt="{escape(row.name)}">'


def _table_row(row: Row, picture: str) -> list[str | float | None]:
    if isinstance(row.result, CaptchaError):
        return [picture, row.name, "", None, "", None, str(row.result)]
    lowest = row.result.lowest
    return [
        picture,
        row.name,
        row.result.text,
        _percent_number(row.result.confidence),
        lowest.text if lowest else "",
        _percent_number(lowest.confidence) if lowest else None,
        "" if row.result.text else "nothing to read",
    ]


def _percent_number(confidence: float) -> float:
    """Return per cent with one decimal, rounded down: 100 must not stand for less."""
    return math.floor(1000 * confidence) / 10


def _summary(rows: list[Row]) -> str:
    failed = sum(isinstance(row.result, CaptchaError) for row in rows)
    read = len(rows) - failed
    images = "image" if read == 1 else "images"
    return f"{read} {images} read" + (f", {failed} could not be read" if failed else "") + "."


def _write_csv(rows: list[Row]) -> str:
    path = Path(tempfile.mkdtemp()) / "readings.csv"
    # With a byte order mark, because without one spreadsheets take UTF-8 for something else.
    path.write_text(rows_to_csv(rows), encoding="utf-8-sig", newline="")
    return str(path)
