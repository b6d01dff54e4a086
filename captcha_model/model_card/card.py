"""The model card's package, which lies in this one where it is installed, else beside it.

`pyproject.toml` maps the top-level folder `hub_card/` to `captcha_model.hub_card`, so that an
install adds no second name to everybody's packages. In a folder that nobody installed, as a Space
is, no such mapping exists, and the folder is found as it lies there.
"""

try:
    from captcha_model.hub_card import (  # type: ignore[import-not-found]
        CARD_FILE,
        PICTURE_FILE,
        card_files,
    )
except ModuleNotFoundError as error:
    if error.name != "captcha_model.hub_card":
        raise
    from hub_card import CARD_FILE, PICTURE_FILE, card_files

__all__ = ["CARD_FILE", "PICTURE_FILE", "card_files"]
