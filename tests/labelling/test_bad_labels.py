"""What `captcha-model train` says of a file of labels that it cannot use."""

import pytest

from captcha_model.cli import main
from captcha_model.labelling.label_file import UNREADABLE, LabelFile


def labelled(folder, labels):
    names = {path.name for path in folder.iterdir()}
    file = LabelFile(folder / "labels.jsonl", names | set(labels))
    for name, text in labels.items():
        file.write(name, text, "" if text else UNREADABLE)
    return file.path


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"0.png": None, "1.png": None}, "labels.jsonl has no labels: all were taken back"),
        ({"0.png": "a", "1.png": "b" * 200}, "1 labels do not fit into the network's"),
        ({"0.png": "a", "elsewhere.png": "b"}, "names 1 files that are not beside it: elsewhere"),
        ({"0.png": "a", "broken.png": "b"}, "1 of 2 images are unreadable, but at most 1 %"),
        ({"0.png": "a", "5.png": "b"}, "Identical images have different labels: 0.png = 5.png"),
    ],
)
def test_what_cannot_be_learned_is_told_in_a_sentence(folder, capsys, tmp_path, labels, message):
    path = labelled(folder, labels)
    out = tmp_path / "run"
    assert main(["train", "--data", str(path), "--out", str(out)]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_a_folder_with_labels_names_its_file(folder, capsys, tmp_path):
    path = labelled(folder, {"0.png": "a", "1.png": "b"})
    assert main(["train", "--data", str(folder), "--out", str(tmp_path / "run")]) == 1
    assert f"Give {path} as the source" in capsys.readouterr().err
