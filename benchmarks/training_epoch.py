"""What an epoch of training costs around its steps, and what it would cost done otherwise.

python benchmarks/training_epoch.py

Each variant trains the default recipe for some epochs on nine tenths of captcha_images_v2, in a
process of its own; they take turns. The first epoch is counted by itself, because TensorFlow
compiles in it; an epoch is counted to its record, so its validation is in it.
"""

import argparse
import dataclasses
import itertools
import json
import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest import mock

from common import in_new_process, write_result
from folds import first_fold, load_all

from captcha_model.backend import load_keras
from captcha_model.data.captcha_images_v2 import NAME
from captcha_model.outputs import decode_texts
from captcha_model.training.settings import TrainingSettings

USUAL = "as it is"
VARIABLE = "EPOCH_VARIANT"


def keras_ctc() -> AbstractContextManager[Any]:
    """Let Keras compute the loss."""
    import keras

    from captcha_model.training import losses

    return mock.patch.object(losses, "ctc", keras.losses.ctc)


def searching() -> AbstractContextManager[Any]:
    """Validate by the prefix beam search."""
    from captcha_model.training import validation

    def search(*logits_and_more: Any, beam_width: int) -> list[str]:  # noqa: ARG001
        return decode_texts(*logits_and_more)

    return mock.patch.object(validation, "decode_texts", search)


def data_set_of_keras() -> AbstractContextManager[Any]:
    """Hand over the batches as Keras's own kind of data set."""
    import keras

    from captcha_model.training.batches import Batches

    class DataSet(keras.utils.PyDataset):
        def __init__(self, batches: Batches) -> None:
            super().__init__(max_queue_size=4)
            self._batches = batches
            self._epoch = 0

        def __len__(self) -> int:
            return len(self._batches)

        def __getitem__(self, step: int) -> Any:
            return self._batches.batch(self._epoch, step)

        def on_epoch_end(self) -> None:
            self._epoch += 1

    @contextmanager
    def ahead(batches: Batches, epochs: range) -> Iterator[DataSet]:  # noqa: ARG001
        yield DataSet(batches)

    return mock.patch.object(Batches, "ahead", ahead)


def without_variables() -> AbstractContextManager[Any]:
    """Leave the optimiser's variables to the first step."""
    import keras

    build, calls = keras.optimizers.Adam.build, []

    def second_time(optimizer: keras.optimizers.Adam, variables: Any) -> None:
        calls.append(1)
        if len(calls) > 1:
            build(optimizer, variables)

    return mock.patch.object(keras.optimizers.Adam, "build", second_time)


VARIANTS: dict[str, tuple[Callable[[], AbstractContextManager[Any]], ...]] = {
    USUAL: (),
    "the loss by Keras": (keras_ctc,),
    "validated by the search": (searching,),
    "a data set of Keras's": (data_set_of_keras,),
    "the optimiser built by the first step": (without_variables,),
    "all of these": (keras_ctc, searching, data_set_of_keras, without_variables),
}


def main() -> None:
    """Measure in turns, print and write `results/training_epoch.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=NAME)
    parser.add_argument("--turns", type=int, default=3, help="of all variants (default: 3)")
    parser.add_argument("--epochs", type=int, default=10, help="of a training (default: 10)")
    options = parser.parse_args()
    if name := os.environ.get(VARIABLE):
        print(json.dumps(seconds(options.data, options.epochs, name)))
        return
    times: dict[str, list[list[float]]] = {name: [] for name in VARIANTS}
    told = ["--data", options.data, "--epochs", str(options.epochs)]
    for _ in range(options.turns):
        for name, found in times.items():
            found.append(in_new_process(__file__, told, {VARIABLE: name}))
    figures = {name: _summary(found) for name, found in times.items()}
    for name, found in figures.items():
        found["to_usual"] = round(found["epoch"] / figures[USUAL]["epoch"], 3)
        first, epoch = found["first_epoch"], found["epoch"]
        print(f"{name:40} first {first:5.2f} s, others {epoch:.2f} s, x{found['to_usual']:.2f}")
    document = {"turns": options.turns, "epochs": options.epochs, "variants": figures}
    path = write_result("training_epoch", "python benchmarks/training_epoch.py", document)
    print(f"wrote {path}")


def seconds(data: str, epochs: int, name: str) -> list[float]:
    """Return how long each epoch takes here."""
    load_keras()
    from captcha_model.training.fit import train

    images, config = load_all(data)
    settings = dataclasses.replace(TrainingSettings(), epochs=epochs)
    with ExitStack() as changes:
        for change in VARIANTS[name]:
            changes.enter_context(change())
        result = train(config, *first_fold(images), settings)
    ends = [0.0, *(epoch.seconds for epoch in result.state.history)]
    return [round(b - a, 2) for a, b in itertools.pairwise(ends)]


def _summary(runs: list[list[float]]) -> dict[str, Any]:
    """Return the median over the runs of the first epoch, and of the mean of the others."""
    return {
        "first_epoch": round(statistics.median(run[0] for run in runs), 2),
        "epoch": round(statistics.median(statistics.fmean(run[1:]) for run in runs), 3),
        "runs": runs,
    }


if __name__ == "__main__":
    main()
