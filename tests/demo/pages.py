"""What browser tests do on the page, by the words that people see."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from tests.conftest import EXAMPLES

ONE, TWO = EXAMPLES / "1.png", EXAMPLES / "2.png"
EXAMPLE_BUTTONS = ".cm-examples:not([hidden]) .cm-example"


def upload(page, *paths: Path, to: str = "image") -> None:
    page.set_input_files(f"#{to} input[type=file]", [str(path) for path in paths])


def click_example(page, number: int) -> None:
    page.locator(EXAMPLE_BUTTONS).nth(number - 1).click()


def wait_for_text(page, text: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('#result [data-testid=text]')?.innerText === text", arg=text
    )


def wait_for_problem(page, message: str) -> None:
    page.wait_for_function(
        "text => document.querySelector('#result [data-testid=problem]')?.innerText.includes(text)",
        arg=message,
    )
    assert page.locator("#result [data-testid=text]").count() == 0


def open_table(page) -> None:
    page.get_by_role("tab", name="Many images").click()
    page.wait_for_selector("#files")


def wait_for_rows(page, number: int) -> None:
    page.wait_for_function(
        "n => document.querySelectorAll('#table tbody tr').length === n && "
        "document.querySelector('.cm-progress').hidden",
        arg=number,
    )


def table_cells(page, kind: str) -> list[str]:
    return page.locator(f"#table td.cm-cell-{kind}").all_inner_texts()


def write_noise(path: Path, size: tuple[int, int] = (300, 90)) -> Path:
    """Write an image that is unlike what any model was trained on."""
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def write_novel(path: Path) -> Path:
    """Write an example that is unlike the training images of "captcha-images-v2"."""
    with Image.open(ONE) as image:
        ImageOps.posterize(image.convert("RGB"), 1).save(path)
    return path


def write_renamed_text(path: Path) -> Path:
    path.write_text("This is a text file.")
    return path


def write_renamed_tiff(path: Path) -> Path:
    buffer = io.BytesIO()
    with Image.open(ONE) as image:
        image.save(buffer, "TIFF")
    path.write_bytes(buffer.getvalue())
    return path


def write_huge(path: Path) -> Path:
    """Write a small file with more pixels than are decoded."""
    Image.new("1", (20_000, 20_000)).save(path)
    return path
