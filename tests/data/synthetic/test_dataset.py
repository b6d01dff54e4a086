import csv

import pytest

from captcha_model.config import CaptchaConfig
from captcha_model.data.sources import find_samples
from captcha_model.data.synthetic.dataset import synthesize_like, write_folder
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import DataError


def test_synthesized_images_fit_the_config_and_the_labels():
    config = CaptchaConfig("abc", height=16, width=64)
    images = synthesize_like(["a", "abc"], 20, config, seed=1)
    assert images.pixels.shape == (20, 16, 64, 1)
    assert {len(label) for label in images.labels} == {1, 2, 3}
    assert len(set(images.names)) == 20
    again = synthesize_like(["a", "abc"], 20, config, seed=1)
    assert (again.pixels == images.pixels).all()
    assert synthesize_like(["a" * 99], 1, config, seed=1).labels[0]


def test_a_written_folder_is_a_source_for_any_characters(tmp_path):
    synthesizer = Synthesizer("a/\\,\"'*?", (2, 4), seed=3)
    paths = list(write_folder(synthesizer, 5, tmp_path / "out"))
    assert [p.name for p in paths] == [f"{i:06d}.png" for i in range(5)]
    with (tmp_path / "out" / "metadata.csv").open(newline="") as file:
        assert next(csv.reader(file)) == ["file_name", "text"]
    samples = find_samples(tmp_path / "out")
    assert [s.label for s in samples] == [synthesizer.text(i) for i in range(5)]


def test_a_folder_that_is_not_empty_is_an_error(tmp_path):
    (tmp_path / "mine.txt").write_text("")
    with pytest.raises(DataError, match="not empty"):
        list(write_folder(Synthesizer("a"), 1, tmp_path))
