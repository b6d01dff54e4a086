import io

import pytest
from PIL import Image

from captcha_model.errors import ConstraintError, ImageError
from captcha_model.inference.options import ReadingOptions
from demo.serving.readings import (
    DecodedImages,
    ShownImage,
    model_keywords,
    read_named,
)
from tests.conftest import EXAMPLES


def png(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("L", size).save(file, "PNG")
    return file.getvalue()


def test_a_preview_is_small_and_the_image_is_not():
    shown = ShownImage(png((2000, 500)), (800, 400))
    assert shown.preview is None
    assert shown.decode().size == (2000, 500)
    assert shown.preview.size == (800, 200)


def test_a_small_image_is_its_own_preview():
    shown = ShownImage(png((200, 50)), (800, 400))
    assert shown.decode() is shown.preview


def test_an_unreadable_image_has_an_error_and_no_preview():
    shown = ShownImage(b"nonsense", (800, 400))
    assert isinstance(shown.decode(), ImageError)
    assert shown.preview is None


def test_images_are_decoded_one_by_one_and_their_number_is_known():
    shown = [ShownImage(png((20, 10)), (9, 9)) for _ in range(2)]
    images = DecodedImages([*shown, b"bytes"])
    assert len(images) == 3
    assert next(images).size == (20, 10)
    assert len(images) == 2
    assert shown[1].preview is None
    assert list(images)[1] == b"bytes"
    assert len(images) == 0


@pytest.mark.parametrize("as_shown", [False, True])
def test_rows_keep_order_and_errors(model, tmp_path, as_shown):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    paths = [EXAMPLES / "1.png", bad, EXAMPLES / "2.png"]
    images = [(path.name, ShownImage(path, (9, 9)) if as_shown else path) for path in paths]
    rows = list(read_named(model, images, ReadingOptions(), 2))
    assert [row.name for row in rows] == ["1.png", "bad.png", "2.png"]
    assert rows[1].result.code == "IMAGE_FORMAT"
    assert rows[2].result.text == model.predict(EXAMPLES / "2.png").text


@pytest.mark.parametrize("frame", [None, 0, 1, "last"])
def test_the_chosen_frame_of_an_animation_is_read_and_shown(model, frame):
    names = ["1.png", "2.png", "3.png"]
    first, *others = (Image.open(EXAMPLES / name).convert("L") for name in names)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others)
    data = file.getvalue()
    expected = model.predict(EXAMPLES / names[2 if frame == "last" else frame or 0]).text
    shown = ShownImage(data, (800, 400))
    options = ReadingOptions(frames=frame)
    rows = list(read_named(model, [("shown", shown), ("bytes", data)], options, 2))
    assert [row.result.text for row in rows] == [expected] * 2
    warned = ["first of 3 frames" in str(row.result.warnings) for row in rows]
    assert warned == [frame is None] * 2
    assert model.predict(shown.preview).text == expected
    images = DecodedImages([ShownImage(data, (9, 9)), data], options)
    results = model.predict_stream(images, **model_keywords(options))
    assert [result.text for result in results] == [expected] * 2


def test_a_frame_that_is_not_there_is_an_error_of_its_image(model):
    images = [("still", EXAMPLES / "1.png"), ("shown", ShownImage(EXAMPLES / "1.png", (9, 9)))]
    rows = read_named(model, images, ReadingOptions(frames=2), 2)
    assert [row.result.code for row in rows] == ["IMAGE_FRAME"] * 2


def test_the_options_count(model):
    images = [("x", EXAMPLES / "1.png")]
    (row,) = read_named(model, images, ReadingOptions(length=4), 1)
    assert row.result == model.predict(EXAMPLES / "1.png", length=4)
    with pytest.raises(ConstraintError):
        list(read_named(model, images, ReadingOptions(pattern="["), 1))
