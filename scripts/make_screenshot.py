"""Makes the screenshot of the demo in README; needs a running `app.py`, Playwright and Chromium.

python -m scripts.make_screenshot
"""

import argparse
import shutil
from pathlib import Path

DEMO = Path(__file__).parents[1] / "demo"


def main() -> None:
    """Read an example in headless Chromium and write `screenshot.png`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="http://localhost:7860", help="(default: %(default)s)")
    parser.add_argument("--out", type=Path, default=DEMO / "screenshot.png")
    options = parser.parse_args()

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1120, "height": 900})
        page.goto(options.address)
        page.set_input_files("#image input[type=file]", str(DEMO / "examples" / "6.png"))
        page.wait_for_selector("[data-testid=tile]")
        page.wait_for_timeout(1000)
        page.screenshot(path=options.out)
        browser.close()


if __name__ == "__main__":
    main()
