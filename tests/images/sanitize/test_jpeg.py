import numpy as np
import pytest
from PIL import Image

from captcha_model.errors import ImageError
from captcha_model.images.decode import decode_image
from captcha_model.images.sanitize import jpeg as module
from captcha_model.images.sanitize.jpeg import bare
from tests.encoded import encode, segment, segments_of, with_segments

SMOOTH = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (50, 1))
JPEG = encode(Image.fromarray(SMOOTH), "JPEG")
PROGRESSIVE = encode(Image.fromarray(SMOOTH), "JPEG", progressive=True)
END = b"\xff\xd9"


def rejection_reason(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        bare(data)
    return f"{caught.value.code} {caught.value}"


def test_nothing_is_left_but_what_pixels_need():
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
    assert bare(with_segments(JPEG, more)) == bare(JPEG)._replace(exif=b"Exif\0\0first")
    kept = [marker for marker, _ in segments_of(bare(JPEG).data)]
    assert kept == [marker for marker, _ in segments_of(JPEG)]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_the_pixels_stay_as_they_are(mode, options):
    data = encode(Image.fromarray(SMOOTH).convert(mode), "JPEG", **options)
    with_more = with_segments(data, segment(0xFE, b"x" * 999))
    assert bare(with_more) == bare(data)
    assert np.abs(np.asarray(decode_image(data).convert("L")).astype(int) - SMOOTH).max() < 12


def test_what_stands_between_segments_and_behind_the_end_is_left_out():
    second = with_segments(JPEG, b"junk\xff\x00\xff\xff\xff\xff\x01")
    assert bare(second + b"video" + JPEG) == bare(JPEG)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xd8\xff", "no image data"),
        (b"\xff\xd8\xff\xd9", "not in its place"),
        (JPEG[:2] + JPEG, "not in its place"),
        (with_segments(JPEG, b"\xff\xfe\0\1"), "not whole"),
        (with_segments(JPEG[:200], b"\xff\xfe\xff\xff"), "not whole"),
        (with_segments(JPEG, segment(0xC0, b"\x08")), "header is not whole"),
        (JPEG[:-2], "cut short"),
        (JPEG[: JPEG.index(b"\xff\xda")], "no image data"),
    ],
)
def test_what_is_no_jpeg_is_refused(data, said):
    found = rejection_reason(data)
    assert found.startswith("IMAGE_DAMAGED ")
    assert said in found


def test_every_scan_costs_a_pass_over_all_pixels_so_they_are_counted():
    start = PROGRESSIVE.rindex(b"\xff\xda")
    scans = PROGRESSIVE.count(b"\xff\xda")
    scan = PROGRESSIVE[start:-2]
    for more in (0, module.MAX_SCANS - scans):
        assert decode_image(PROGRESSIVE[:-2] + more * scan + END).size == (200, 50)
    found = rejection_reason(PROGRESSIVE[:-2] + (module.MAX_SCANS - scans + 1) * scan + END)
    assert found.startswith("IMAGE_TOO_COMPLEX ")


def test_an_end_that_hides_in_a_segment_hides_no_scans():
    start = PROGRESSIVE.rindex(b"\xff\xda")
    scan = PROGRESSIVE[start:-2]
    hidden = PROGRESSIVE[:-2] + segment(0xFE, END) + 999 * scan + END
    assert bare(hidden).data.count(b"\xff\xda") <= module.MAX_SCANS


def test_segments_are_counted():
    count = module.MAX_SEGMENTS - len(list(segments_of(JPEG)))
    assert bare(with_segments(JPEG, count * segment(0xFE, b""))) == bare(JPEG)
    for more in (segment(0xFE, b""), segment(0xE1, b"Exif\0\0x"), b"\xff\x01", b"\xff\xd0"):
        found = rejection_reason(with_segments(JPEG, (count + 1) * more))
        assert found.startswith("IMAGE_TOO_COMPLEX ")


def test_the_size_is_checked_in_every_header():
    large = segment(0xC2, b"\x08\xff\xff\xff\xff\1\1\x11\0")
    assert rejection_reason(with_segments(JPEG, large)).startswith("IMAGE_TOO_LARGE ")
