"""What can go wrong while the readings of many images are written."""

from collections.abc import Mapping
from typing import ClassVar

from captcha_model.errors import CaptchaError


class OutputError(CaptchaError):
    """The readings of many images cannot be written, or not be continued."""

    codes: ClassVar[Mapping[str, str]] = {
        "OUT_NOT_WRITTEN": "The output cannot be written, for example because the disk is full.",
        "OUT_EXISTS": "The output exists, or an interrupted run has begun it.",
        "OUT_FORMAT": "The name of the output says no known format.",
        "OUT_LOCKED": "Another process is writing the output.",
        "RESUME_MISMATCH": "The earlier run had other images or options.",
    }
