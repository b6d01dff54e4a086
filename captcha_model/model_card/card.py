"""The package of the model card: `captcha_model.hub_card` where installed, else `hub_card`.

`pyproject.toml` maps the top-level folder `hub_card/` to `captcha_model.hub_card`, so that an
install adds only one top-level package. A checkout that is not installed, such as a Space, has no
such mapping, so the top-level folder is imported.
"""

try:
    from captcha_model.hub_card import (  # type: ignore[import-not-found]
        CARD_FILE,
        PICTURE_FILE,
        card_files,
        cut_apart,
    )
except ModuleNotFoundError as error:
    if error.name != "captcha_model.hub_card":
        raise
    from hub_card import CARD_FILE, PICTURE_FILE, card_files, cut_apart

__all__ = ["CARD_FILE", "PICTURE_FILE", "card_files", "cut_apart"]
