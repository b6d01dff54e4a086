"""Reading tells nobody that it was done, and writes nothing to tell it later."""

import os
import subprocess
import sys

from tests.conftest import EXAMPLES, ROOT

READ = f"""
from captcha_model.model import CaptchaModel
CaptchaModel.from_pretrained(runtime="onnx").predict({str(EXAMPLES / "1.png")!r})
"""


def test_onnx_runtime_keeps_no_number_of_the_machine(tmp_path):
    """It writes one, with what it wants to send, unless it believes that it is being tested."""
    variables = {k: v for k, v in os.environ.items() if k not in ("CI", "ORT_DISABLE_TELEMETRY")}
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-B", "-c", READ],
        cwd=ROOT,
        env={**variables, **places},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []
