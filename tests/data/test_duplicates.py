import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from captcha_model.data.duplicates import MAX_COMPARED, check_leakage, near_duplicates
from captcha_model.data.samples import LabelledImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import DataError


def named(pixels, prefix: str) -> LabelledImages:
    names = tuple(f"{prefix}{i}" for i in range(len(pixels)))
    return LabelledImages(np.stack(pixels), ("x",) * len(pixels), names)


@pytest.fixture(scope="module")
def captchas() -> list[np.ndarray]:
    synthesizer = Synthesizer("2345678bcdefgmnpwxy", seed=9)
    return [np.asarray(synthesizer.draw(i).image)[..., None] for i in range(120)]


def as_jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0]).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))[..., None]


def resized(pixels: np.ndarray) -> np.ndarray:
    small = Image.fromarray(pixels[..., 0]).resize((160, 40))
    return np.asarray(small.resize((200, 50)))[..., None]


def plain_print(text: str) -> np.ndarray:
    image = Image.new("L", (200, 50), 255)
    for index, letter in enumerate(text):
        ImageDraw.Draw(image).text((20 + 32 * index, 5), letter, 0, font=ImageFont.load_default(32))
    return np.asarray(image)[..., None]


@pytest.mark.slow
def test_an_image_in_both_splits_is_an_error(captchas):
    training, validation = named(captchas[:20], "t"), named(captchas[20:30], "v")
    check_leakage(training, validation)
    with pytest.raises(DataError, match=r"2 images.*v0 = t3, v1 = t19\.") as caught:
        check_leakage(training, named([captchas[3], captchas[19], captchas[50]], "v"))
    assert caught.value.code == "SPLIT_LEAKAGE"


def test_different_captchas_are_no_near_duplicates(captchas):
    assert near_duplicates(named(captchas[:60], "t"), named(captchas[60:], "v")) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda p: as_jpeg(p, 75),
        lambda p: as_jpeg(p, 40),
        lambda p: np.clip(p * 0.8 + 30, 0, 255).astype(np.uint8),
        lambda p: p ^ 1,
        resized,
    ],
)
def test_copies_that_were_saved_again_are_found(captchas, change):
    copies = [change(captchas[i]) for i in (5, 17)]
    found = near_duplicates(named(captchas[:60], "t"), named([captchas[80], *copies], "v"))
    assert found == [("v1", "t5"), ("v2", "t17")]


@pytest.mark.parametrize(("one", "other"), [("abci", "abcl"), ("2345", "2346"), ("f808", "f800")])
def test_plain_prints_that_differ_in_one_letter_are_no_near_duplicates(one, other):
    assert near_duplicates(named([plain_print(one)], "t"), named([plain_print(other)], "v")) == []


def test_blank_images_have_no_near_duplicates():
    blank = np.full((8, 8, 3), 255, np.uint8)
    assert near_duplicates(named([blank], "t"), named([blank], "v")) == []


def test_small_images_have_small_thumbnails():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 9, 3), np.uint8)
    assert near_duplicates(named(pixels, "t"), named(pixels[1:2], "v")) == [("v0", "t1")]


def test_evenly_spaced_images_of_a_large_split_are_compared():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2 * MAX_COMPARED + 1, 2, 8, 1), np.uint8)
    found = near_duplicates(named(pixels[:4], "t"), named(pixels, "v"))
    assert found[:2] == [("v0", "t0"), ("v3", "t3")]
    few = named(pixels[:4], "t")
    assert near_duplicates(few.select([]), few) == near_duplicates(few, few.select([])) == []
