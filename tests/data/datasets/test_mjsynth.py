import os

import numpy as np
import pytest
from PIL import Image

from captcha_model.config import CaptchaConfig
from captcha_model.data.datasets.mjsynth import ANNOTATION, MjsynthSamples, parse_line
from captcha_model.data.label_lengths import check_lengths
from captcha_model.data.loading import summarize_labels
from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples, is_streamed
from captcha_model.data.splits import indices_of, random_split
from captcha_model.data.streaming import StreamedImages
from captcha_model.data.synthetic.synthesis import Synthesizer
from captcha_model.errors import DataError
from captcha_model.images.decode import decode_image
from tests.data.datasets.mjsynth_folder import write_mjsynth

LINES = "./1/2/371_chiffon_12852.jpg 12852\n./2425/1/115_Lube_45484.jpg 45484\n"


def listed(folder, text: str | bytes) -> MjsynthSamples:
    (folder / ANNOTATION).write_bytes(text if isinstance(text, bytes) else text.encode())
    return MjsynthSamples(folder)


def code_of(folder, text: str | bytes) -> str:
    with pytest.raises(DataError) as caught:
        listed(folder, text)
    return caught.value.code


@pytest.mark.parametrize(
    ("line", "name", "label"),
    [
        ("./1/2/371_chiffon_12852.jpg 12852\n", "1/2/371_chiffon_12852.jpg", "chiffon"),
        ("1/2/371_Chiffon_12852.jpg 12852\r\n", "1/2/371_Chiffon_12852.jpg", "Chiffon"),
        ("./3_x_4.jpg", "3_x_4.jpg", "x"),
        ("./1/3_a_b__4.jpg 4", "1/3_a_b__4.jpg", "a_b_"),
        ("./1/3_.._4.jpg 4", "1/3_.._4.jpg", ".."),
        ("./1/3_new york_4.jpg 4", "1/3_new york_4.jpg", "new york"),
        ("./1/3_Straße_4.png 4", "1/3_Straße_4.png", "Straße"),
        ("./1/3__4.jpg 4", "1/3__4.jpg", ""),
    ],
)
def test_a_line(line, name, label):
    assert parse_line(line.encode()) == (name, label)


@pytest.mark.parametrize(
    "line",
    [
        "./../1/3_a_4.jpg 4",
        "../1/3_a_4.jpg 4",
        "./1/../../3_a_4.jpg 4",
        "/etc/3_a_4.jpg 4",
        "C:/1/3_a_4.jpg 4",
        "..\\3_a_4.jpg 4",
        "./1/3_\0_4.jpg 4",
        "./1/3_4.jpg 4",
        "./1/chiffon.jpg 4",
        "./1/a_chiffon_4.jpg 4",
        "./1/3_a_4 4",
        "./1/3_a_4.jpg four",
        "12852",
    ],
)
def test_a_line_that_does_not_name_an_image_below_the_folder(line, tmp_path):
    with pytest.raises(ValueError, match="not a path below the folder"):
        parse_line(line.encode())
    with pytest.raises(DataError, match=f"Line 4 of {ANNOTATION}") as caught:
        listed(tmp_path, f"\n{LINES}{line}\n{LINES}")
    assert caught.value.code == "TABLE_INVALID"


def test_samples_are_a_sequence(tmp_path):
    samples = listed(tmp_path, LINES)
    assert (len(samples), samples[-1].label) == (2, "Lube")
    assert [s.label for s in samples] == [s.label for s in samples[:]] == ["chiffon", "Lube"]
    assert samples[np.intp(1)].name == "2425/1/115_Lube_45484.jpg"
    with pytest.raises(IndexError):
        samples[2]


@pytest.mark.parametrize(
    "text", [f"\n \r\n{LINES}\n\n", LINES.rstrip(), LINES.replace("\n", "\r\n")]
)
def test_blank_lines_and_a_missing_final_newline(text, tmp_path):
    assert [s.label for s in listed(tmp_path, text)] == ["chiffon", "Lube"]


def test_invalid_folders(tmp_path):
    with pytest.raises(DataError, match=ANNOTATION) as caught:
        find_samples(f"mjsynth:{tmp_path}")
    assert caught.value.code == "SOURCE_NOT_FOUND"
    assert code_of(tmp_path, "") == code_of(tmp_path, "\n\n") == "SOURCE_EMPTY"
    assert code_of(tmp_path, b"./1/3_\xff_4.jpg 4\n") == "TABLE_INVALID"


@pytest.mark.slow
def test_a_written_folder_is_readable(tmp_path):
    synthesizer = Synthesizer("aB_.", (1, 12), seed=4)
    write_mjsynth(synthesizer, 60, tmp_path / "out")
    samples = find_samples(f"mjsynth:{tmp_path / 'out'}")
    assert is_streamed(samples)
    assert [s.label for s in samples] == [synthesizer.text(i) for i in range(60)]
    images = StreamedImages(samples, CaptchaConfig("aB_."), workers=2)
    assert images.select(range(60)).labels == tuple(images.labels)
    assert not images.skipped
    assert len({decode_image(s.read()).width for s in samples}) == 3


def test_corrupt_images_are_skipped_and_counted(tmp_path):
    write_mjsynth(Synthesizer("abc"), 20, tmp_path)
    samples = find_samples(f"mjsynth:{tmp_path}")
    (tmp_path / samples[3].name).write_bytes(b"")
    (tmp_path / samples[4].name).write_bytes((tmp_path / samples[5].name).read_bytes()[:200])
    (tmp_path / samples[19].name).unlink()
    images = StreamedImages(samples, CaptchaConfig("abc"), workers=4)
    chosen = images.select(range(20))
    expected = [5 if i in (3, 4) else 0 if i == 19 else i for i in range(20)]
    assert chosen.labels == tuple(samples[i].label for i in expected)
    assert [s.name for s in images.skipped] == [samples[i].name for i in (3, 4, 19)]


def test_links_and_pipes_are_not_followed(tmp_path):
    Image.new("L", (20, 10)).save(tmp_path / "outside.png")
    folder = tmp_path / "set"
    (folder / "1").mkdir(parents=True)
    samples = listed(folder, "".join(f"./1/{i}_a_0.png 0\n" for i in range(4)))
    (folder / "1" / "0_a_0.png").symlink_to(tmp_path / "outside.png")
    (folder / "1" / "1_a_0.png").symlink_to("1_a_0.png")
    os.mkfifo(folder / "1" / "2_a_0.png")
    for sample in samples:
        with pytest.raises(OSError):
            sample.read()


@pytest.mark.slow
def test_a_long_list_is_checked_without_opening_an_image(tmp_path, monkeypatch):
    count = 200_000
    words = ["chiffon", "Lube", "x"]
    text = "".join(
        f"./{i % 90}/{i % 7}/{i}_{words[i % 3]}_{i % 3}.jpg {i % 3}\n" for i in range(count)
    )
    samples = listed(tmp_path, text)
    monkeypatch.setattr(
        "captcha_model.data.datasets.mjsynth._read", lambda *_: pytest.fail("opened")
    )
    assert len(samples) == count
    assert samples[count - 1].name == f"{(count - 1) % 90}/{(count - 1) % 7}/199999_Lube_1.jpg"
    summary = summarize_labels(samples)
    vocabulary = summary.vocabulary
    assert vocabulary.characters == "".join(sorted(set("".join(words))))
    config = CaptchaConfig(vocabulary.characters)
    check_lengths(samples, config, summary)
    images = StreamedImages(samples, config, workers=1)
    training, validation = (images.subset(indices) for indices in random_split(count, 0.01, seed=1))
    assert (len(training), len(validation)) == (198_000, 2_000)
    assert len(indices_of(images.labels, "train")) < count
    with pytest.raises(DataError, match=r"66666 labels .* and 66656 more") as caught:
        summarize_labels(samples, vocabulary.characters.replace("x", ""))
    assert caught.value.code == "LABEL_OUT_OF_VOCABULARY"


@pytest.mark.parametrize("options", [{"text_column": "label"}, {"label_suffix": True}])
def test_options_for_other_formats_are_refused(tmp_path, options):
    listed(tmp_path, LINES)
    with pytest.raises(DataError, match="says where its labels are"):
        find_samples(f"mjsynth:{tmp_path}", SourceOptions(**options))
