import logging
import subprocess
import sys

from captcha_model import CaptchaModel
from captcha_model._utils.logger import LOGGER


def test_what_is_opened_is_told(caplog, saved):
    with caplog.at_level(logging.INFO, logger="captcha_model"):
        CaptchaModel.from_pretrained(runtime="onnx")
        CaptchaModel.from_pretrained(saved, runtime="onnx")
    first, second = (record.getMessage() for record in caplog.records)
    assert first == "ONNX Runtime opens model.onnx of captcha-images-v2"
    assert second == f"ONNX Runtime opens model.onnx of {saved}"
    assert {record.name for record in caplog.records} == {"captcha_model"}


def test_nothing_is_printed_where_logging_is_not_set_up():
    script = "from captcha_model._utils.logger import LOGGER; LOGGER.error('loud')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert LOGGER.level == logging.NOTSET
