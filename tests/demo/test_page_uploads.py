"""Every image on the page is opened by our decoder alone, whatever was clicked before."""

import pytest
from PIL import Image

from demo.ui.uploads import UploadedFile, UploadedImage
from tests.conftest import ROOT
from tests.demo.pages import (
    ONE,
    TWO,
    click_example,
    open_table,
    table_cells,
    upload,
    wait_for_problem,
    wait_for_rows,
    wait_for_text,
    write_huge,
    write_renamed_text,
    write_renamed_tiff,
)

BAD = {
    "text": (write_renamed_text, "not an image that can be read"),
    "tiff": (write_renamed_tiff, "not an image that can be read"),
    "huge": (write_huge, "too large"),
}


@pytest.mark.slow
@pytest.mark.parametrize("clicks", [(), (1, 2)])
def test_uploads_are_checked_after_any_number_of_examples(page, model, tmp_path, clicks):
    texts = {number: model.predict(path).text for number, path in ((1, ONE), (2, TWO))}
    for number in clicks:
        click_example(page, number)
        wait_for_text(page, texts[number])
    for name, (write, message) in BAD.items():
        upload(page, write(tmp_path / f"{name}.png"))
        wait_for_problem(page, message)
        assert page.locator("#image img, #result img").count() == 0  # No broken image either.
        for number in clicks:
            click_example(page, number)
            wait_for_text(page, texts[number])
    upload(page, ONE)
    wait_for_text(page, texts[1])
    # Gradio's own upload, which would open images, is never asked.
    assert not [url for url in page.requested if "gradio_api/upload" in url]


@pytest.mark.slow
def test_the_table_checks_uploads_after_an_example(page, model, tmp_path):
    click_example(page, 1)
    wait_for_text(page, model.predict(ONE).text)
    open_table(page)
    upload(page, *(write(tmp_path / f"{name}.png") for name, (write, _) in BAD.items()), to="files")
    wait_for_rows(page, len(BAD))
    for note, (_, message) in zip(table_cells(page, "note"), BAD.values(), strict=True):
        assert message in note
    assert page.locator("#table img").count() == 0


@pytest.mark.slow
def test_an_image_over_the_limit_is_not_even_sent(page, tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(b"\0" * (33 * 2**20))
    upload(page, large)
    wait_for_problem(page, "The image large.png is over 32 MiB.")
    assert not [url for url in page.requested if "page/read" in url]


def test_gradio_s_component_opens_nothing_even_when_it_is_made_anew(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (9, 9)).save(path)

    class Payload:
        url = None

    Payload.path = path
    first = UploadedImage(label="image")
    # What Gradio does for an update of a component.
    again = first.__class__(**first.constructor_args)
    for component in (first, again):
        file = component.preprocess(Payload)
        assert isinstance(file, UploadedFile)
        assert file.read(3) + file.read(2**20) == path.read_bytes()
        assert file.read(1) == b""
    assert again.get_block_name() == "image"
    assert not (ROOT / "demo" / "ui" / "uploads.pyi").exists()
