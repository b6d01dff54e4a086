import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import jpeg as module
from captcha_model.images.sanitize.jpeg import sanitize
from tests.encoded import encode, segment, segments_of, with_segments

SMOOTH = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (50, 1))
JPEG = encode(Image.fromarray(SMOOTH), "JPEG")
PROGRESSIVE = encode(Image.fromarray(SMOOTH), "JPEG", progressive=True)
END = b"\xff\xd9"
FRAME = segment(0xC0, bytes((8, 0, 50, 0, 90, 1, 1, 17, 0)))  # Of 90 columns instead of 200.


def error_of(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        sanitize(data)
    return f"{caught.value.code} {caught.value}"


def test_only_what_pixels_need_is_kept():
    more = b"".join(
        (
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0xmp"),
            segment(0xE1, b"Exif\0\0first"),
            segment(0xE1, b"Exif\0\0second"),
            segment(0xE2, b"MPF\0MM\0*"),
            segment(0xE2, b"ICC_PROFILE\0\1\1profile"),
            segment(0xED, b"Photoshop 3.0\0"),
            segment(0xFE, b"comment"),
        )
    )
    assert sanitize(with_segments(JPEG, more)) == sanitize(JPEG)._replace(exif=b"Exif\0\0first")
    kept = [marker for marker, _ in segments_of(sanitize(JPEG).data)]
    assert kept == [marker for marker, _ in segments_of(JPEG)]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_the_pixels_do_not_change(mode, options):
    data = encode(Image.fromarray(SMOOTH).convert(mode), "JPEG", **options)
    with_more = with_segments(data, segment(0xFE, b"x" * 999))
    assert sanitize(with_more) == sanitize(data)
    assert np.abs(np.asarray(decode_image(data).convert("L")).astype(int) - SMOOTH).max() < 12


def test_bytes_between_segments_and_after_the_end_are_dropped():
    second = with_segments(JPEG, b"junk\xff\x00\xff\xff\xff\xff\x01")
    assert sanitize(second + b"video" + JPEG) == sanitize(JPEG)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xd8\xff", "no image data"),
        (b"\xff\xd8\xff\xd9", "misplaced"),
        (JPEG[:2] + JPEG, "misplaced"),
        (with_segments(JPEG, FRAME), "two frame headers"),
        (with_segments(JPEG, FRAME[:1] + b"\xc2" + FRAME[2:]), "two frame headers"),
        (with_segments(JPEG, b"\xff\xfe\0\1"), "incomplete"),
        (with_segments(JPEG[:200], b"\xff\xfe\xff\xff"), "incomplete"),
        (with_segments(JPEG, segment(0xC0, b"\x08")), "header is incomplete"),
        (JPEG[:-2], "cut off"),
        (JPEG[: JPEG.index(b"\xff\xda")], "no image data"),
    ],
)
def test_an_invalid_jpeg_is_rejected(data, message):
    found = error_of(data)
    assert found.startswith("IMAGE_DAMAGED ")
    assert message in found


def test_the_number_of_scans_is_limited(monkeypatch):
    scans = PROGRESSIVE.count(b"\xff\xda")
    monkeypatch.setattr(module, "MAX_SCANS", scans)
    assert decode_image(PROGRESSIVE).size == (200, 50)
    monkeypatch.setattr(module, "MAX_SCANS", scans - 1)
    assert error_of(PROGRESSIVE).startswith("IMAGE_TOO_COMPLEX ")


def test_scans_after_the_end_marker_are_dropped():
    scan = PROGRESSIVE[PROGRESSIVE.rindex(b"\xff\xda") : -2]
    assert sanitize(PROGRESSIVE + scan + END) == sanitize(PROGRESSIVE)


def test_the_number_of_segments_is_limited(monkeypatch):
    count = len(list(segments_of(JPEG)))
    monkeypatch.setattr(module, "MAX_SEGMENTS", count + 2)
    assert sanitize(with_segments(JPEG, 2 * segment(0xFE, b""))) == sanitize(JPEG)
    for more in (segment(0xFE, b""), segment(0xE1, b"Exif\0\0x"), b"\xff\x01", b"\xff\xd0"):
        found = error_of(with_segments(JPEG, 3 * more))
        assert found.startswith("IMAGE_TOO_COMPLEX ")


def test_the_size_is_checked_in_every_header():
    large = segment(0xC2, b"\x08\x10\x01\x10\x00\1\1\x11\0")
    assert error_of(with_segments(JPEG, large)).startswith("IMAGE_TOO_LARGE ")
