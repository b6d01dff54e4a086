"""Read in a process, then in its forked children, and print what each read as JSON.

Arguments: the runtime, and the images. A child that hangs ends the program with an alarm.
"""

import json
import multiprocessing
import os
import signal
import sys

from captcha_model import CaptchaModel, ForkedProcessError

SECONDS = 60  # After which a child counts as hanging.

signal.alarm(SECONDS)
runtime, paths = sys.argv[1], sys.argv[2:]
model = CaptchaModel.from_pretrained(runtime=runtime)


def read(sent: CaptchaModel | None = None) -> list[str]:
    try:
        return [reading.text for reading in (sent or model).predict(paths)]
    except ForkedProcessError as error:
        return [error.code, str(error)]


def load(name: str) -> list[str]:
    try:
        return read(CaptchaModel.from_pretrained(runtime=name))
    except ForkedProcessError as error:
        return [error.code, str(error)]


def read_in_grandchild() -> list[str]:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(read)


def go_on() -> list[str]:
    return [reading.text for reading in stream]


def in_child(function) -> list[str]:
    """Call a function in a child that is forked at once, not in a pool's daemon."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        theirs.send(function())
        os._exit(0)
    result = ours.recv()
    os.waitpid(child, 0)
    return result


found = {"parent": read()}
stream = model.predict_stream(paths, batch_size=8)
begun = [next(stream).text]
with multiprocessing.get_context("fork").Pool(2) as pool:
    found["pool"] = pool.map(read, [None] * 4)
    found["sent"] = pool.apply(read, [model])
    found["onnx"] = pool.apply(load, ["onnx"])
    found["keras"] = pool.apply(load, ["keras"])
found["grandchild"] = in_child(read_in_grandchild)
if runtime == "onnx":
    found["stream"] = begun + in_child(go_on)
found["after"] = read()
json.dump(found, sys.stdout)
