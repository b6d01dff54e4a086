"""Gradio's own endpoints `/read` and `/read_many`, which return plain JSON.

They take images alone: a program that says more of the texts uses the REST routes.
"""

from typing import Any

import gradio as gr

from captcha_model.errors import CaptchaError
from captcha_model.images.decode import ImageSource
from captcha_model.inference.decoder import ReadOptions
from captcha_model.inference.rows import json_row
from demo.serving.batcher import DynamicBatcher
from demo.serving.readings import MAX_IMAGES, name_files
from demo.ui.uploads import image_input


def add_endpoints(batcher: DynamicBatcher) -> None:
    """Add the endpoints to the page that is being built, on components nobody sees."""

    async def read(image: ImageSource | None) -> dict[str, Any]:
        if image is None:
            raise gr.Error("There is no image to read.", print_exception=False)
        try:
            return (await batcher.read(image, ReadOptions())).to_dict()
        except CaptchaError as error:
            raise gr.Error(str(error), print_exception=False) from error

    async def read_many(images: list[str] | None) -> list[dict[str, Any]]:
        try:
            rows = await batcher.read_many(name_files(checked(images)), ReadOptions())
        except CaptchaError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return [json_row(row.name, row.result) for row in rows]

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


def checked(paths: list[str] | None) -> list[str]:
    """Return files, of which there may be none.

    Raises:
        gr.Error: there are too many.
    """
    if paths and len(paths) > MAX_IMAGES:
        raise gr.Error(
            f"{len(paths)} images are too many at once; up to {MAX_IMAGES} are read.",
            title="Too many images",
            print_exception=False,
        )
    return paths or []
