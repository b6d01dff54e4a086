"""The page and the servers with a choice among two bundled models."""

import anyio
import pytest
from PIL import Image, ImageOps

from captcha_model import CaptchaModel, ModelChooser, ReadingOptions
from captcha_model.pretrained_models import DEFAULT, GENERAL
from demo.api.schemas import Reading
from demo.serving.batcher import DynamicBatcher
from demo.ui.html import TimedReading, result_html
from demo.ui.page import _header
from demo.ui.table import COLUMNS, table_row
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
    column = [heading for heading, _, _ in COLUMNS].index("model")
    assert [table_row(row, None)[column] for row in rows] == expected
    for (inspection, milliseconds), name in zip(inspections, expected, strict=True):
        html = result_html(TimedReading(inspection, milliseconds), "data:,", "", "CPU")
        assert f'Read by the model <b data-testid="model">{name}</b> in ' in html


def test_the_header_says_what_each_model_reads(two_models):
    header = _header(ModelChooser())
    assert "Each image is read by the model that suits it:" in header
    assert "<li><b>captcha-images-v2</b> reads captchas in the style of" in header
    assert "<li><b>general</b> reads noise: <code>abcdef</code></li>" in header


def test_one_model_reads_all_images_and_says_so(two_models, novel):
    model = CaptchaModel.from_pretrained(GENERAL)
    assert "This model knows the characters <code>abcdef</code>." in _header(model)
    reading = anyio.run(DynamicBatcher(model).read, EXAMPLE, ReadingOptions())
    assert reading.model == GENERAL
