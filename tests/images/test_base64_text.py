import base64
from urllib.parse import quote

import pytest

import captcha_model
from captcha_model.errors import ImageError
from captcha_model.images import base64_text
from captcha_model.images.base64_text import from_base64, is_data_url
from captcha_model.images.decode import decode_image
from tests.conftest import EXAMPLES

FILE = (EXAMPLES / "1.png").read_bytes()
PLAIN = base64.b64encode(FILE).decode()
WRAPPED = base64.encodebytes(FILE).decode()
URL_SAFE = base64.urlsafe_b64encode(FILE).decode().rstrip("=")


def refused(call, *arguments) -> tuple[str, str]:
    with pytest.raises(ImageError) as caught:
        call(*arguments)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.encode(),
        PLAIN.rstrip("="),
        WRAPPED,
        WRAPPED.replace("\n", "\r\n"),
        URL_SAFE,
        f"data:image/png;base64,{PLAIN}",
        f"DATA:image/png;charset=x;BASE64,{URL_SAFE}",
        f"data:;base64,{PLAIN}",
        f"data:image/png;base64,{quote(PLAIN, safe='')}",
    ],
)
def test_every_usual_form_gives_the_file(text):
    assert from_base64(text) == FILE


def test_a_model_reads_data_urls_and_from_base64(model):
    expected = model.predict(FILE)
    assert model.predict(f"data:image/png;base64,{PLAIN}") == expected
    assert model.predict(captcha_model.from_base64(PLAIN)) == expected
    assert model.predict([f"data:image/jpeg;base64,{PLAIN}"]) == [expected]  # The contents decide.


@pytest.mark.parametrize(
    "text",
    ["data:", "data:,abc", "data:image/png,abc", "data:image/png;base64", "data:;base64x,AAAA"],
)
def test_data_urls_without_base64(text):
    code, message = refused(decode_image, text)
    assert code == "IMAGE_BASE64"
    assert "A data URL must hold base64" in message


@pytest.mark.parametrize(
    "text", ["a", "?", "ab=c", "====", "AAAA=", "ü", "a\0bc", PLAIN[:-2] + "!!", "data:;base64,*"]
)
def test_what_is_not_base64(text):
    assert refused(from_base64, text) == ("IMAGE_BASE64", "The text is not base64.")


@pytest.mark.parametrize("text", ["", "data:image/png;base64,", " \n"])
def test_nothing_is_an_empty_image(text):
    assert from_base64(text) == b""
    assert refused(decode_image, from_base64(text))[0] == "IMAGE_EMPTY"


def test_sizes_are_checked_before_anything_is_decoded(monkeypatch):
    monkeypatch.setattr(base64_text.binascii, "a2b_base64", None)  # A call would fail.
    limit = captcha_model.MAX_IMAGE_BYTES
    for text in ("A" * (limit * 4 // 3 + 8), "data:;base64," + "A" * (limit * 3), " " * limit * 3):
        assert refused(from_base64, text) == ("IMAGE_TOO_LARGE", "The image is over 32 MiB.")


def test_an_image_of_the_greatest_size_is_decoded():
    limit = captcha_model.MAX_IMAGE_BYTES
    assert len(from_base64(base64.b64encode(bytes(limit)).decode())) == limit


def test_a_text_is_a_path_unless_it_is_a_data_url(tmp_path, monkeypatch):
    """A word may be both a path and base64, so a file counts whatever its name is."""
    monkeypatch.chdir(tmp_path)
    for name in ("AAAA", "iVBORw0KGgo", "database.png"):
        assert not is_data_url(name)
        (tmp_path / name).write_bytes(FILE)
        assert decode_image(name).size == (200, 50)
        (tmp_path / name).unlink()
        assert refused(decode_image, name) == (
            "IMAGE_NOT_FOUND",
            f"{name!r} cannot be read: No such file or directory.",
        )


@pytest.mark.parametrize("file", [FILE, b"\xff\xd8\xff\xe0" + bytes(90), b"GIF89a" + bytes(90)])
def test_base64_in_the_place_of_a_path_is_named(file):
    code, message = refused(decode_image, base64.b64encode(file).decode())
    assert code == "IMAGE_NOT_FOUND"
    assert message.endswith(" For base64 use captcha_model.from_base64.")
    assert len(message) < 250


def test_a_path_object_is_never_a_data_url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data:x.png").write_bytes(FILE)
    assert decode_image(tmp_path / "data:x.png").size == (200, 50)
    assert decode_image("./data:x.png").size == (200, 50)
    assert refused(decode_image, "data:x.png")[0] == "IMAGE_BASE64"
