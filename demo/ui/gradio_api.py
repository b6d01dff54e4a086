"""Gradio's own endpoints `/read` and `/read_many`, which return plain JSON.

They take images alone. The REST routes take the reading options too.
"""

from typing import Any

import gradio as gr

from captcha_model import CaptchaError, ImageSource, ReadingOptions
from demo.serving.batcher import DynamicBatcher
from demo.serving.readings import MAX_IMAGES, name_files
from demo.ui.uploads import call_error, image_input


def add_endpoints(batcher: DynamicBatcher) -> None:
    """Add the endpoints to the page that is being built, on invisible components."""

    async def read(image: ImageSource | None) -> dict[str, Any]:
        if image is None:
            raise call_error("REQUEST_INVALID", "There is no image to read.")
        try:
            return (await batcher.read(image, ReadingOptions())).to_dict()
        except CaptchaError as error:
            raise call_error(error.code, str(error)) from error

    async def read_many(images: list[str] | None) -> list[dict[str, Any]]:
        paths = check_count(images, title="REQUEST_TOO_LARGE")
        try:
            rows = await batcher.read_many(name_files(paths), ReadingOptions())
        except CaptchaError as error:
            raise call_error(error.code, str(error)) from error
        return [row.to_dict() for row in rows]

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


def check_count(paths: list[str] | None, title: str = "Too many images") -> list[str]:
    """Return the uploaded files, or an empty list if there are none.

    Args:
        paths: the files.
        title: the title of the error.

    Raises:
        gr.Error: there are too many.
    """
    if paths and len(paths) > MAX_IMAGES:
        raise gr.Error(
            f"{len(paths)} images are too many at once; the limit is {MAX_IMAGES}.",
            title=title,
            print_exception=False,
        )
    return paths or []
