"""A reader of images that does what a file says, for the test of the benchmark that watches it."""

import os
import signal
import time
from pathlib import Path

from captcha_model.images.decode import decode_image


def read(path: Path) -> None:
    """Read an image, or misbehave as a file asks for."""
    match path.read_bytes():
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"exit":
            raise SystemExit(3)
        case b"hang":
            time.sleep(600)
        case b"another error":
            raise KeyError("x")
        case b"memory":
            bytearray(2**40)
        case data:
            decode_image(data)
