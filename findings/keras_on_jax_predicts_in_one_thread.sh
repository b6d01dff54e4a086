#!/usr/bin/env bash
# With JAX, two threads cannot predict with one Keras model at the same time.
#
# Versions: Keras 3.15.1 with jax 0.10.2, Python 3.11. Seen on 2026-11-29.
#
# `Model.predict_on_batch` hands the weights of the model to a compiled function that may reuse their
# memory, and puts the arrays that come back into the model. A second thread that reads the weights in
# between gets arrays that are deleted, and its call fails. With TensorFlow the same code is free of
# errors, so a server whose threads share a model works until its backend is changed.
#
# A way round it: a lock around the call. `model(batch, training=False)` takes no lock and is slower.
#
# Output seen (the number of failures differs from run to run):
#   4 threads with a lock: 0 of 800 calls failed
#   4 threads: 342 of 800 calls failed
#     ValueError: INVALID_ARGUMENT: Invalid buffer passed to Execute() as argument 0 to replica 0: INVALID
#   (it goes on: "Buffer has been deleted or donated.")
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet keras==3.15.1 jax==0.10.2
cat > "$folder/threads.py" <<'PYTHON'
import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import keras
import numpy as np

THREADS, CALLS = 4, 800
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(256), keras.layers.Dense(8)])
batch = np.ones((32, 64), np.float32)
model.predict_on_batch(batch)


def failures(turn) -> list[str]:
    def call(_) -> str:
        try:
            with turn:
                model.predict_on_batch(batch)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    with ThreadPoolExecutor(THREADS) as pool:
        return [text for text in pool.map(call, range(CALLS)) if text]


# With the lock first: after a failure the model's own arrays may be deleted for good.
locked = failures(Lock())
found = failures(contextlib.nullcontext())
print(f"{THREADS} threads with a lock: {len(locked)} of {CALLS} calls failed")
print(f"{THREADS} threads: {len(found)} of {CALLS} calls failed")
assert not locked and found, (locked, found)
for text in sorted({" ".join(text.split())[:100] for text in found}):
    print(" ", text)
print("as found: without a lock calls fail")
PYTHON
KERAS_BACKEND=jax "$folder/env/bin/python" "$folder/threads.py" 2>/dev/null
