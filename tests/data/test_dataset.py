import warnings
from pathlib import Path

import pytest

import captcha_model
from captcha_model.config import CaptchaConfig
from captcha_model.data.dataset import load_dataset
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples
from captcha_model.data.splits import SPLITS, split_of
from captcha_model.errors import ConfigError, DataError, DataWarning


def write_table(path: Path, names: list[str]) -> Path:
    path.write_text("file_name\n" + "".join(f"{name}\n" for name in names))
    return path


def test_it_is_public():
    assert captcha_model.load_dataset is load_dataset


def test_all_images_at_the_default_size(image_folder):
    images = load_dataset(image_folder)
    assert images.pixels.shape == (40, 50, 200, 1)
    assert list(images.labels) == [sample.label for sample in find_samples(image_folder)]
    assert images.skipped == ()


def test_the_config_gives_the_size(image_folder):
    config = CaptchaConfig("xyz", height=16, width=64, channels=3)
    assert load_dataset(image_folder, config).pixels.shape == (40, 16, 64, 3)


def test_a_size_instead_of_a_config(image_folder):
    assert load_dataset(image_folder, size=(16, 64)).pixels.shape == (40, 16, 64, 1)
    with pytest.raises(ValueError, match="config or size, not both"):
        load_dataset(image_folder, CaptchaConfig("abc"), size=(16, 64))
    with pytest.raises(ConfigError, match="height"):
        load_dataset(image_folder, size=(0, 64))


def test_the_splits_are_selected_by_label(image_folder):
    loaded = {split: load_dataset(image_folder, split=split) for split in SPLITS}
    for split, images in loaded.items():
        assert {split_of(label) for label in images.labels} == {split}
    assert sum(map(len, loaded.values())) == 40


def test_folders_of_splits_that_are_not_used_are_told(image_folder, tmp_path):
    parts = [tmp_path / "both" / name for name in ("train", "test")]
    for n, sample in enumerate(find_samples(image_folder)):
        parts[n % 2].mkdir(parents=True, exist_ok=True)
        (parts[n % 2] / f"{sample.label}.png").write_bytes(sample.read())
    with pytest.warns(DataWarning, match=r"splits test, train, .* --splits folders keeps"):
        load_dataset(tmp_path / "both", split="train")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_dataset(tmp_path / "both")
        images = load_dataset(
            tmp_path / "both", split="test", source_options=SourceOptions(splits="folders")
        )
    assert len(images.labels) == len(list(parts[1].iterdir()))


def test_only_listed_images(image_folder, tmp_path):
    table = write_table(tmp_path / "val.csv", ["000007.png", "000002.png"])
    assert load_dataset(image_folder, only_listed=table).names == ("000002.png", "000007.png")
    with pytest.raises(ValueError, match="not both"):
        load_dataset(image_folder, only_listed=table, split="train")


def test_an_unknown_split(image_folder):
    with pytest.raises(ValueError, match=r"split must be one of .* Received: 'half'"):
        load_dataset(image_folder, split="half")


def test_an_empty_split_is_an_error(image_folder, tmp_path):
    (tmp_path / "one").mkdir()
    (image_folder / "000000.png").rename(tmp_path / "one" / "abc.png")
    with pytest.raises(DataError, match=r"The test split of .* is empty") as caught:
        load_dataset(tmp_path / "one", split="test")
    assert caught.value.code == "SPLIT_EMPTY"
    assert len(load_dataset(tmp_path / "one", split="train")) == 1


def test_labels_with_suffixes_and_unreadable_images(image_folder, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    data = (image_folder / "000000.png").read_bytes()
    for i in range(100):
        (folder / f"ab_{i:02}.png").write_bytes(data)
    (folder / "ab_xx.png").write_bytes(b"broken")
    images = load_dataset(folder, source_options=SourceOptions(label_suffix=True))
    assert images.labels == ("ab",) * 100
    assert [file.name for file in images.skipped] == ["ab_xx.png"]
    with pytest.raises(DataError) as caught:
        load_dataset(folder, source_options=SourceOptions(label_suffix=True), strict=True)
    assert caught.value.code == "IMAGES_UNREADABLE"


def test_the_progress_sees_the_selected_samples(image_folder):
    seen = []

    def progress(samples):
        seen.append(len(samples))
        return samples

    images = load_dataset(image_folder, split="train", progress=progress)
    assert seen == [len(images)]
