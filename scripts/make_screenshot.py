"""Makes the screenshots of the demo; needs a running `app.py`, Playwright and Chromium.

python -m scripts.make_screenshot
"""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image, ImageOps

ROOT = Path(__file__).parents[1]
EXAMPLES, LOOKS = ROOT / "demo" / "examples", ROOT / "demo" / "looks"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def show_reading(page: Any) -> None:
    """Read two images, so that there are last readings."""
    for path in (LOOKS / "1.png", EXAMPLES / "6.png"):
        upload(page, "image", path)
        page.wait_for_selector("#result:not([aria-busy]) [data-testid=tile]")


def show_rejection(page: Any) -> None:
    """Read an image that is unlike what the model was trained on."""
    page.get_by_label("Model").select_option("captcha-images-v2")
    with TemporaryDirectory() as folder, Image.open(EXAMPLES / "1.png") as image:
        few_greys = Path(folder) / "few-greys.png"
        ImageOps.posterize(image.convert("RGB"), 1).save(few_greys)
        upload(page, "image", few_greys)
        page.wait_for_selector("[data-testid=next-steps]")
    page.click("[data-testid=next-steps] summary")


def show_table(page: Any) -> None:
    """Read several images, one of which is no image."""
    page.get_by_role("tab", name="Many images").click()
    files = [*sorted(EXAMPLES.glob("*.png")), *sorted(LOOKS.glob("*.png")), Path(__file__)]
    upload(page, "files", *files)
    page.wait_for_selector(".cm-toolbar:not([hidden])")
    page.get_by_role("columnheader", name="Confidence %").get_by_role("button").click()


def show_detail(page: Any) -> None:
    """Open a row of the table."""
    show_table(page)
    page.get_by_role("button", name="6.png").first.click()
    page.wait_for_selector("dialog [data-testid=tile]")


# The file, the function, the size of the window and the colours of each state.
STATES: tuple[tuple[str, Callable[[Any], None], dict[str, int], str], ...] = (
    ("demo/screenshot.png", show_reading, WIDE, "light"),
    ("docs/images/page/reading-dark.png", show_reading, WIDE, "dark"),
    ("docs/images/page/rejected.png", show_rejection, WIDE, "light"),
    ("docs/images/page/table.png", show_table, WIDE, "light"),
    ("docs/images/page/reading-phone.png", show_reading, PHONE, "light"),
    ("docs/images/page/table-phone.png", show_table, PHONE, "dark"),
    ("docs/images/page/detail-phone.png", show_detail, PHONE, "light"),
)


def main() -> None:
    """Bring the page into each state in headless Chromium and write a picture of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="http://localhost:7860", help="(default: %(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT, help="(default: %(default)s)")
    options = parser.parse_args()

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, show, size, colours in STATES:
            context = browser.new_context(viewport=size, color_scheme=colours)
            page = context.new_page()
            page.goto(options.address)
            page.wait_for_selector("#image")
            show(page)
            page.wait_for_timeout(1000)
            out = options.out / name
            out.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=out)
            # Few colours keep the file small.
            Image.open(out).convert("RGB").quantize(200).save(out, optimize=True)
            context.close()
        browser.close()


def upload(page: Any, to: str, *paths: Path) -> None:
    """Give files to one of the page's two fields."""
    page.set_input_files(f"#{to} input[type=file]", [str(path) for path in paths])


if __name__ == "__main__":
    main()
