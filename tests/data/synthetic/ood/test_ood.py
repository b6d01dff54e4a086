import hashlib

import numpy as np
import pytest
from PIL import Image

from captcha_model.data.synthetic.ood import KINDS, out_of_distribution, patterns, texts
from captcha_model.errors import DependencyError
from captcha_model.images.decode import decode_image

# Of the first two images with seed 0, for kinds that need neither fonts nor photographs.
DIGESTS = {
    "blank": "9a314a96a4eefd77",
    "white noise": "fb66a482a8483550",
    "stripes": "2414c38784e8a703",
    "shapes": "1bef733904773fee",
    "icon": "1c3cc86a19470c64",
    "square code": "3205c0a4d8185674",
}


@pytest.fixture(scope="module")
def images() -> dict[str, list[Image.Image]]:
    return out_of_distribution(12)


def digest(images: list[Image.Image]) -> str:
    found = hashlib.sha256()
    for image in images:
        found.update(f"{image.mode}{image.size}".encode())
        found.update(image.tobytes())
    return found.hexdigest()[:16]


def test_there_are_enough_images_of_every_kind(images):
    assert {kind: len(found) for kind, found in images.items()} == dict.fromkeys(KINDS, 12)
    assert out_of_distribution.__defaults__[0] * len(KINDS) >= 500


def test_every_image_is_readable_and_small(images):
    for found in images.values():
        for image in found:
            assert decode_image(image).mode in ("L", "RGB")
            assert max(image.size) <= 1000


def test_nearly_half_have_the_size_of_a_captcha(images):
    usual = [image.size == (200, 50) for found in images.values() for image in found]
    assert 0.3 < np.mean(usual) < 0.6
    assert len({image.size for found in images.values() for image in found}) > 10


def test_the_images_depend_on_the_seed_but_not_on_the_count(images):
    again, other = out_of_distribution(2), out_of_distribution(2, seed=1)
    for kind, found in again.items():
        for i, image in enumerate(found):
            assert image.tobytes() == images[kind][i].tobytes()
        assert any(a.tobytes() != b.tobytes() for a, b in zip(found, other[kind], strict=True))


@pytest.mark.parametrize(("kind", "expected"), DIGESTS.items())
def test_the_images_of_a_seed_never_change(images, kind, expected):
    assert digest(images[kind][:2]) == expected


def test_the_images_of_a_kind_differ(images):
    for kind, found in images.items():
        different = {(image.size, image.mode, image.tobytes()) for image in found}
        assert len(different) >= (6 if kind == "blank" else 12), kind


def test_fonts_and_photographs_are_optional(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    patterns._shipped_images.cache_clear()
    texts._load_font.cache_clear()
    random = np.random.default_rng(0)
    assert patterns.stripes(random).mode == "RGB"
    for draw in (patterns.photograph, texts.words):
        with pytest.raises(DependencyError, match="matplotlib"):
            draw(random)
