"""`captcha-model dataset` on folders as people have them; `test_cli` has its other tests."""

import json

import numpy as np
import pytest
from PIL import Image

LABELS = ["".join("abc"[n // 3**place % 3] for place in range(4)) for n in range(60)]


def write_images(folder, names):
    rng = np.random.default_rng(0)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 60), np.uint8)).save(folder / name)


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("file_name,text\n" + "".join(f"{name},{text}\n" for name, text in rows))


@pytest.fixture
def splits(tmp_path):
    """An imagefolder with splits: 40, 10 and 10 images that are called 0000.png and so on."""
    folder, first = tmp_path / "splits", 0
    for split, count in (("train", 40), ("validation", 10), ("test", 10)):
        names = [f"{number:04}.png" for number in range(count)]
        write_images(folder / split, names)
        write_table(
            folder / split / "metadata.csv",
            zip(names, LABELS[first : first + count], strict=True),
        )
        first += count
    # Different labels and images in each split, so that nothing leaks.
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 60), np.uint8)
        Image.fromarray(pixels).save(path)
    return folder


def test_validate_says_where_the_labels_come_from_and_shows_ten(cli, splits):
    code, out, _ = cli("dataset", "validate", "--data", str(splits), "--splits", "folders")
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == (
        "labels      from the column text of test/metadata.csv, the column text of "
        "train/metadata.csv, the column text of validation/metadata.csv"
    )
    assert lines[1] == f"  test/0000.png  {LABELS[50]!r}"
    assert len([line for line in lines if line.startswith("  test/")]) == 10
    assert "  and 50 more" in lines
    assert "splits      train 40, validation 10, test 10, by the folders" in lines
    assert lines[-1].startswith("60 images are ready for training: 3 characters abc")


def test_stats_counts_the_splits_of_the_folders(cli, splits):
    arguments = ["dataset", "stats", "--data", str(splits), "--json"]
    sizes = json.loads(cli(*arguments, "--splits", "folders")[1])["splits"]
    assert sizes == {"train": 40, "validation": 10, "test": 10}
    assert json.loads(cli(*arguments)[1])["splits"] != sizes


def test_validate_suggests_the_option_for_names_of_one_form(cli, tmp_path):
    write_images(tmp_path, [f"{label}_{n:04}.png" for n, label in enumerate(LABELS)])
    _, out, err = cli("dataset", "validate", "--data", str(tmp_path))
    assert "60 of 60 file names have the form LABEL_NUMBER" in err
    assert "use --label-suffix" in err
    assert out.startswith("labels      from the file names\n")
    code, out, err = cli("dataset", "validate", "--data", str(tmp_path), "--label-suffix")
    assert (code, err) == (0, "")
    assert "3 characters abc" in out


def test_a_table_that_would_be_ignored_stops_validate_and_train(cli, tmp_path):
    pytest.importorskip("yaml")
    names = [f"{number:04}.png" for number in range(60)]
    write_images(tmp_path / "data", names)
    write_table(tmp_path / "data" / "labels.csv", zip(names, LABELS, strict=True))
    data = str(tmp_path / "data")
    for command in (["dataset", "validate"], ["train", "--out", str(tmp_path / "run")]):
        code, out, err = cli(*command, "--data", data)
        assert (code, out) == (1, "")
        assert f"Give {data}/labels.csv as the source, or" in err
    assert cli("dataset", "validate", "--data", f"{data}/labels.csv")[0] == 0


def test_an_option_that_is_not_valid_is_an_error(cli, tmp_path):
    code, _, err = cli("dataset", "stats", "--data", str(tmp_path), "--label-regex", "(")
    assert code == 1 and "label_regex '(' is not valid" in err


def test_few_images_are_not_split_unless_their_folders_say_so(cli, splits, tmp_path):
    write_images(tmp_path / "few", [f"{label}.png" for label in LABELS[:20]])
    for path in (tmp_path / "few").iterdir():  # Different ones, so that nothing leaks.
        seed = LABELS.index(path.stem)
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (20, 60), np.uint8)).save(path)
    code, out, err = cli("dataset", "validate", "--data", str(tmp_path / "few"))
    assert code == 0, err
    assert "splits      none: so few images are all trained on" in out
    assert "will not learn" not in err and "--splits folders" not in err
    code, out, err = cli("dataset", "validate", "--data", str(splits))
    assert "all trained on, among them the 20 in folders for test and validation." in err
    code, out, _ = cli("dataset", "validate", "--data", str(splits), "--splits", "folders")
    assert "splits      train 40, validation 10, test 10, by the folders" in out


def test_validate_splits_few_different_labels_as_a_training_does(cli, tmp_path):
    names = [f"{n % 10}_{n}.png" for n in range(520)]
    write_images(tmp_path, names)
    code, out, err = cli("dataset", "validate", "--data", str(tmp_path), "--label-suffix")
    assert code == 0, err
    assert "train 468, validation 52, test 0, at random, because there are too few" in out


def test_validate_names_a_label_that_is_too_long_for_its_image(cli, tmp_path):
    write_images(tmp_path, ["ab.png", "11002200334455667788.png"])
    Image.new("L", (400, 300), 9).save(tmp_path / "11002200334455667788.png")
    code, _, err = cli("dataset", "validate", "--data", str(tmp_path))
    assert code == 1
    assert "11002200334455667788.png (needs 30 of 24 steps)" in err


def test_a_copy_in_the_test_split_is_reported(cli, splits):
    with Image.open(splits / "train" / "0003.png") as image:
        image.save(splits / "test" / "0001.png", compress_level=0)
    with Image.open(splits / "test" / "0001.png") as image:
        pixels = np.asarray(image).copy()
    pixels[0, 0] ^= 8  # A copy, but not the same pixels, which is an error.
    Image.fromarray(pixels).save(splits / "test" / "0001.png")
    code, _, err = cli("dataset", "validate", "--data", str(splits), "--splits", "folders")
    assert code == 0, err
    assert "1 images of the test split look the same as training images" in err
    assert "test/0001.png ~ train/0003.png" in err


@pytest.mark.slow
def test_a_preview_is_of_the_recipe_that_a_training_would_take(cli, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for width, label in ((60, "ab"), (120, "cd"), (62, "ef")):
        Image.fromarray(_noise(width)).save(folder / f"{label}.png")
    arguments = ["dataset", "preview", "--data", str(folder), "--out"]
    code, _, err = cli(*arguments, str(tmp_path / "preview"))
    assert code == 0, err
    assert "augmented.png, by the recipe adapt" in err
    first, second = ((tmp_path / "preview" / f"{n}.png") for n in ("images", "augmented"))
    assert first.read_bytes() != second.read_bytes()
    code, _, err = cli(*arguments, str(tmp_path / "general"), "--recipe", "general")
    assert code == 0, err
    assert "the recipe general changes no image" in err
    assert [path.name for path in (tmp_path / "general").iterdir()] == ["images.png"]


def _noise(width: int) -> np.ndarray:
    return np.random.default_rng(width).integers(0, 256, (20, width), np.uint8)
