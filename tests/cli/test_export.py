import subprocess
import sys

import pytest

from captcha_model.cli import main
from captcha_model.export.formats import FORMATS

pytestmark = pytest.mark.slow


def test_it_says_what_it_wrote_and_nothing_else(tmp_path):
    """In a process of its own, whose streams nobody but us holds back."""
    path = tmp_path / "m.onnx"
    done = subprocess.run(
        [sys.executable, "-m", "captcha_model", "export", "--format", "onnx", "--out", str(path)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    wrote, gives, use = done.stdout.splitlines()
    assert wrote == f"wrote {path} ({path.stat().st_size / 1e6:.2f} MB)"
    assert "logits (N, steps, classes)" in gives
    assert gives.endswith("class 0 is the blank.")
    assert use.startswith(f'Use it with: onnxruntime.InferenceSession("{path}")')


def test_the_confidence_is_explained(tmp_path, capsys):
    assert main(["export", "--format", "savedmodel", "--out", str(tmp_path / "m")]) == 0
    out, _ = capsys.readouterr()
    size = sum(p.stat().st_size for p in (tmp_path / "m").rglob("*") if p.is_file())
    assert f"({size / 1e6:.2f} MB)" in out
    assert "confidence is the largest softmax probability" in out


def test_what_cannot_be_done_is_1_and_bad_usage_2(tmp_path, capsys):
    out = str(tmp_path / "m.tflite")
    assert main(["export", "--format", "litert", "--out", out]) == 1
    assert "It can run: multi-head." in capsys.readouterr().err
    for arguments in (["--out", out], ["--format", "onnx"], ["--format", "pickle", "--out", out]):
        with pytest.raises(SystemExit) as stop:
            main(["export", *arguments])
        assert stop.value.code == 2
    cli = capsys.readouterr().err.splitlines()[-2]
    assert all(name in cli for name in FORMATS)
