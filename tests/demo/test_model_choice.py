"""The page and the servers with a choice among two bundled models."""

import anyio
import pytest
from PIL import Image, ImageOps

from captcha_model import CaptchaModel, ModelChooser, ReadingOptions
from captcha_model.pretrained_models import DEFAULT, GENERAL
from demo.api.schemas import Reading
from demo.serving.batcher import DynamicBatcher
from demo.serving.models import ServedModels
from demo.ui.html import TimedReading, result_html
from demo.ui.pieces import header_html
from demo.ui.table import table_row
from tests.conftest import EXAMPLES

EXAMPLE = EXAMPLES / "1.png"


@pytest.fixture
def batcher(two_models) -> DynamicBatcher:
    return DynamicBatcher(ModelChooser())


@pytest.fixture
def novel() -> Image.Image:
    return ImageOps.posterize(Image.open(EXAMPLE).convert("RGB"), 1)


def test_every_surface_says_which_model_read_an_image(batcher, novel):
    async def read():
        options = ReadingOptions()
        ones = [await batcher.read(image, options) for image in (EXAMPLE, novel)]
        inspections = [await batcher.inspect(image, options) for image in (EXAMPLE, novel)]
        rows = await batcher.read_many([("a.png", EXAMPLE), ("b.png", novel)], options)
        return ones, inspections, rows

    ones, inspections, rows = anyio.run(read)
    expected = [DEFAULT, GENERAL]
    assert [reading.model for reading in ones] == expected
    assert [Reading.model_validate(reading.to_dict()).model for reading in ones] == expected
    assert [table_row(row, None)["model"] for row in rows] == expected
    for (inspection, milliseconds), name in zip(inspections, expected, strict=True):
        html = result_html(TimedReading(inspection, milliseconds), "data:,", "", "CPU")
        assert f'Read by the model <b data-testid="model">{name}</b> in ' in html


def test_the_header_says_what_each_model_reads(two_models):
    header = header_html(ServedModels(ModelChooser()))
    assert "Each image is read by the model that suits it:" in header
    assert "<b>captcha-images-v2</b> (captchas in the style of" in header
    assert "<b>general</b> (noise)" in header
    assert "Reads noise: <code>abcdef</code>" in header


def test_one_model_reads_all_images_and_says_so(two_models, novel):
    model = CaptchaModel.from_pretrained(GENERAL)
    header = header_html(ServedModels(model))
    assert '<select id="model" data-default="general">' in header
    reading = anyio.run(DynamicBatcher(model).read, EXAMPLE, ReadingOptions())
    assert reading.model == GENERAL
