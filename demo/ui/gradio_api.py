"""Gradio's own endpoints `/read` and `/read_many`, with the parameters of the REST routes."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import gradio as gr

from captcha_model import CaptchaError, ImageSource, ReadingOptions

from ..api.options import MODEL, describe_model, describe_option
from ..serving.models import ServedModels
from ..serving.readings import MAX_IMAGES
from .uploads import UploadedFile, UploadedImage, call_error


class LenientBlocks(gr.Blocks):
    """A page whose endpoints take calls by plain HTTP that leave out parameters at the end."""

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], *others: Any, **more: Any
    ) -> Any:
        """Fill what is left out with None, of which Gradio would make an error."""
        left_out = [None] * (len(block_fn.inputs) - len(inputs))
        return await super().preprocess_data(block_fn, [*inputs, *left_out], *others, **more)


def add_endpoints(models: ServedModels) -> None:
    """Add the endpoints to the page that is being built, on invisible components."""

    async def read(image: ImageSource | None, values: dict[str, Any]) -> dict[str, Any]:
        if image is None:
            raise call_error("REQUEST_INVALID", "There is no image to read.")
        batcher = await models.batcher(values[MODEL])
        return (await batcher.read(image, ReadingOptions.from_request(values))).to_dict()

    async def read_many(images: list[str] | None, values: dict[str, Any]) -> list[dict[str, Any]]:
        paths = images or []
        if len(paths) > MAX_IMAGES:
            raise call_error(
                "REQUEST_TOO_LARGE",
                f"{len(paths)} images are too many at once; the limit is {MAX_IMAGES}.",
            )
        batcher = await models.batcher(values[MODEL])
        files = [(Path(path).name, cast("ImageSource", UploadedFile(path))) for path in paths]
        rows = await batcher.read_many(files, ReadingOptions.from_request(values))
        return [row.to_dict() for row in rows]

    one = UploadedImage(visible=False, label="image")
    many = gr.File(file_count="multiple", visible=False, label="images")
    parameters = _parameters(models)
    trigger = gr.Button(visible=False)
    trigger.click(
        _with_parameters(read, "image"),
        [one, *parameters],
        gr.JSON(visible=False, label="reading"),
        api_name="read",
        api_description="Read one image: its text with a confidence for every character.",
    )
    trigger.click(
        _with_parameters(read_many, "images"),
        [many, *parameters],
        gr.JSON(visible=False, label="readings"),
        api_name="read_many",
        api_description="Read several images, in order; one that cannot be read has an error.",
    )


def _parameters(models: ServedModels) -> list[Any]:
    """Return an invisible component for every option that servers offer, and for the model."""
    kinds: dict[type | None, Any] = {str: gr.Textbox, bool: gr.Checkbox}
    components = [
        kinds.get(option.request_type, gr.Number)(
            value=None, visible=False, label=option.name, info=describe_option(option)
        )
        for option in ReadingOptions.offered()
    ]
    named = gr.Textbox(value=None, visible=False, label=MODEL, info=describe_model(models))
    return [*components, named]


def _with_parameters(read: Callable[[Any, dict[str, Any]], Any], images: str) -> Any:
    """Return a function for Gradio, which reads the names of an endpoint's parameters from it.

    Args:
        read: takes the images and the values of the parameters by their names.
        images: the name of the first parameter.
    """
    names = [*(option.name for option in ReadingOptions.offered()), MODEL]

    async def call(*values: Any) -> Any:
        try:
            return await read(values[0], dict(zip(names, values[1:], strict=True)))
        except CaptchaError as error:
            raise call_error(error.code, str(error)) from error

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(images, kind),
            *(inspect.Parameter(name, kind, default=None) for name in names),
        ]
    )
    return call
