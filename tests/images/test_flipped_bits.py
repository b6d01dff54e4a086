"""What one changed bit does: what SECURITY.md promises for PNG, and what it does not for others."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from tests.conftest import ROOT
from tests.encoded import encode

GREY = Image.fromarray(np.random.default_rng(0).integers(0, 256, (12, 16), dtype=np.uint8))


def outcomes(form: str) -> Counter[str]:
    """Count what each single-bit change of an image file gives."""
    data = encode(GREY, form)
    expected = np.asarray(decode_image(data))
    found: Counter[str] = Counter()
    for place in range(8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        try:
            pixels = np.asarray(decode_image(bytes(changed)))
        except ImageError:
            found["rejected"] += 1
            continue
        found["equal" if np.array_equal(pixels, expected) else "other pixels"] += 1
    return found


def test_a_changed_bit_of_a_png_is_rejected_or_changes_nothing():
    found = outcomes("PNG")
    assert found["other pixels"] == 0
    # Those of the end marker's checksum, which covers no data.
    assert 0 < found["equal"] < 40


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "GIF", "BMP"])
def test_other_formats_have_no_checksum(form):
    assert outcomes(form)["other pixels"] > 50
    text = " ".join((ROOT / "SECURITY.md").read_text(encoding="utf-8").split())
    assert "JPEG, WebP, GIF and BMP have none." in text
