#!/usr/bin/env bash
# Destroying a tf.data iterator may take a good part of the time for which it was read: it autotunes.
#
# Version: TensorFlow 2.21.0, Python 3.11, Linux on a CPU. Seen on 2026-12-01.
#
# Every data set of TensorFlow has, by default, a thread that tunes its buffers and parallel calls,
# at intervals that double up to a minute. It runs even if there is nothing to tune, as in
# `Dataset.range(n).prefetch(1)`. Destroying the iterator waits for that thread, and in a quarter to a
# third of the cases the thread sleeps to the end of its interval first: nothing is computed meanwhile.
# `keras.Model.fit` makes such a data set of any Python generator, and destroys it at its end, so a
# training of ten seconds sometimes ends with four seconds of waiting. Nothing says so: a profile
# shows the time in the return from `fit`.
#
# A way round it: `options.autotune.enabled = False` of a data set that has nothing to tune.
#
# Output seen:
#   read for 0.4 s, autotuned: 9 of 40 took more than 0.05 s to destroy, the longest 0.24 s
#   read for 0.4 s, not autotuned: 0 of 40 took more than 0.05 s to destroy, the longest 0.00 s
#   read for 4 s, autotuned: 3 of 12 took more than 0.05 s to destroy, the longest 1.11 s
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet tensorflow==2.21.0
cat > "$folder/ends.py" <<'PYTHON'
import time

import tensorflow as tf

LONG = 0.05


def ends(seconds, count, tuned):
    found = []
    for _ in range(count):
        options = tf.data.Options()
        options.autotune.enabled = tuned
        iterator = iter(tf.data.Dataset.range(10**9).prefetch(1).with_options(options))
        stop = time.perf_counter() + seconds
        while time.perf_counter() < stop:
            next(iterator)
        start = time.perf_counter()
        del iterator
        found.append(time.perf_counter() - start)
    slow = sum(each > LONG for each in found)
    print(
        f"read for {seconds} s, {'autotuned' if tuned else 'not autotuned'}: {slow} of {count} took "
        f"more than {LONG} s to destroy, the longest {max(found):.2f} s"
    )
    return slow, max(found)


tuned, shorter = ends(0.4, 40, tuned=True)
untuned, _ = ends(0.4, 40, tuned=False)
_, longer = ends(4, 12, tuned=True)
assert tuned >= 3
assert untuned <= 1
assert longer > shorter
PYTHON
TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" "$folder/ends.py"
