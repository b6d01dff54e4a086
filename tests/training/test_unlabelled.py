import numpy as np
import pytest
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.samples import LabelledImages
from captcha_model.errors import DataError
from captcha_model.training.reporter import Reporter
from captcha_model.training.run_config.run import Run
from captcha_model.training.unlabelled import refuse_unlabelled, unlabelled_images

CONFIG = CaptchaConfig("ab", height=10, width=20)
LABELLED = LabelledImages(np.zeros((20, 10, 20, 1), np.uint8), ("ab",) * 20, ("x",) * 20)


def run(**data) -> Run:
    return Run.from_mappings({"recipe": "adapt", "data": {"unlabelled": "more", **data}})


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ({"validation_fraction": 0.2}, "--validation-fraction 0.2"),
        ({"splits": "folders"}, "--splits folders"),
        ({"synthetic": 9}, "--synthetic 9"),
        ({"stream": True}, "--stream"),
        ({"cross_fit_below": 0}, "the recipe adapt"),
        ({}, "501 labels"),
    ],
)
def test_the_cause_is_named_why_images_without_a_label_are_of_no_use(data, cause):
    with pytest.raises(DataError, match=f"Received: {cause}. Leave --unlabelled out"):
        refuse_unlabelled(run(**data), 501)
    refuse_unlabelled(run(**data, unlabelled=""), 501)


@pytest.fixture
def folder(tmp_path):
    for n in range(3):
        pixels = np.random.default_rng(n).integers(0, 256, (10, 20), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{n}.png")
    (tmp_path / "damaged.png").write_bytes(b"no image")
    return tmp_path


def test_damaged_images_are_left_out_and_named(folder):
    lines: list[str] = []
    given = run(unlabelled=str(folder))
    found = unlabelled_images(LABELLED, CONFIG, given, Reporter(line=lines.append))
    assert found is not None
    assert sorted(found.names) == ["0.png", "1.png", "2.png"]
    assert [line.split(":")[0] for line in lines] == ["skipped damaged.png"]
    with pytest.raises(DataError, match="strict"):
        unlabelled_images(LABELLED, CONFIG, run(unlabelled=str(folder), strict=True), Reporter())


def test_a_folder_of_damaged_images_says_so(folder):
    for n in range(3):
        (folder / f"{n}.png").unlink()
    with pytest.raises(DataError, match="1 of them cannot be read"):
        unlabelled_images(LABELLED, CONFIG, run(unlabelled=str(folder)), Reporter())
