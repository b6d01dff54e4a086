#!/usr/bin/env bash
# Under `MirroredStrategy`, `fit` takes batches from a generator before the first epoch and drops them.
#
# Versions: Keras 3.15.1 on TensorFlow 2.21.0, CPU, Python 3.11. Seen on 2026-11-29.
#
# On several devices Keras builds the optimiser and the metrics with the first batch, before the
# training (`_symbolic_build` in `TensorFlowTrainer.fit`). It takes that batch from the iterator of the
# training, which prefetches another one, and then begins a new iterator. A generator cannot begin
# again, so what was taken is lost. With exactly as many batches as there are steps, the training ends
# early with the warning "Your input ran out of data", which blames the generator; with an endless one
# nothing is said, and the first batches are never trained on, so that a resumed training does not see
# what an uninterrupted one sees. On one device nothing is taken.
#
# A way round it: give `fit` a `tf.data.Dataset` whose iterators begin again at the same batch, or
# call the model on one batch and build its optimiser and metrics before `fit`.
#
# Output seen (batches taken from the generator, steps trained):
#   one device: 4 taken, 4 trained
#   two devices: 4 taken, 2 trained
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet keras==3.15.1 tensorflow==2.21.0
cat > "$folder/devices.py" <<'PYTHON'
from collections.abc import Iterator
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf

STEPS = 4
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


class Steps(keras.callbacks.Callback):
    trained = 0

    def on_train_batch_end(self, batch, logs=None):
        self.trained += 1


def fit(strategy) -> tuple[int, int]:
    taken = 0

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        nonlocal taken
        for _ in range(STEPS):
            taken += 1
            yield np.ones((2, 1), np.float32), np.zeros((2, 1), np.float32)

    with strategy.scope() if strategy else nullcontext():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    steps = Steps()
    model.fit(batches(), steps_per_epoch=STEPS, verbose=0, callbacks=[steps])
    return taken, steps.trained


one = fit(None)
two = fit(tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"]))
for name, (taken, trained) in (("one device", one), ("two devices", two)):
    print(f"{name}: {taken} taken, {trained} trained")
assert one == (STEPS, STEPS)
assert two[0] == STEPS and two[1] < STEPS, two
print("as found: batches that were taken are not trained on")
PYTHON
CUDA_VISIBLE_DEVICES=-1 TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" -W ignore "$folder/devices.py" 2>/dev/null
