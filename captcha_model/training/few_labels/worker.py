"""A process that does tasks: pickles from stdin to stdout, until there are no more."""

import os
import pickle
import sys
from typing import Any

from captcha_model.errors import CaptchaError, DivergedError, TrainingError
from captcha_model.training.few_labels.task import do

EPOCH = "epoch"
"""What is sent after every epoch; after the last one follows the result or an error."""


def main() -> int:
    """Do tasks until stdin ends."""
    # Whatever a library prints must not come between the pickles.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(value: Any) -> None:
        pickle.dump(value, out)
        out.flush()

    # After the redirection, because this lets TensorFlow log.
    from captcha_model.training.builder import KeepingBuilder

    builder = KeepingBuilder()
    while True:
        try:
            task = pickle.load(sys.stdin.buffer)
        except EOFError:
            return 0
        try:
            result: Any = do(task, lambda _: send(EPOCH), builder)
        except DivergedError as error:  # Without the model that it holds.
            result = TrainingError(str(error), code="LOSS_NOT_FINITE")
        except CaptchaError as error:
            result = error
        send(result)


if __name__ == "__main__":
    sys.exit(main())
