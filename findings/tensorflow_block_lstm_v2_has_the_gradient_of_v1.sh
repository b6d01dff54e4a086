#!/usr/bin/env bash
# The gradient of TensorFlow's BlockLSTMV2 is that of BlockLSTM, whose gates are in another order.
#
# Version: TensorFlow 2.21.0, Python 3.11, Linux on a CPU. Seen on 2026-11-30.
#
# `tf.raw_ops.BlockLSTM` and `BlockLSTMV2` run an LSTM over a whole sequence in one operation, which
# suggests them for training where Keras's loop is slow. The columns of the first one's weights are
# the gates i, c, f, o; those of the second one i, f, c, o, as in Keras. The forward result of both is
# that of the same steps written out. But `tensorflow/python/ops/rnn_grad.py` registers one and the
# same function as the gradient of both, and that computes in the order of the first one. So the
# gradients of BlockLSTMV2 are wrong without a word: a network with it trains on them, and only
# learns worse.
#
# A way round it: BlockLSTM, with the columns of the weights and the bias reordered before it; its
# gradient is right.
#
# Output seen (the largest difference from the same LSTM written out, as a share of the largest value):
#   BlockLSTM: outputs 0.000, gradient of the weights 0.000
#   BlockLSTMV2: outputs 0.000, gradient of the weights 0.140
#   BlockLSTMV2, change of the result by one weight: -0.0178 measured, 0.0171 by its
#     gradient
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet tensorflow==2.21.0
cat > "$folder/gradients.py" <<'PYTHON'
import numpy as np
import tensorflow as tf

STEPS, BATCH, FEATURES, UNITS = 3, 2, 2, 2
ORDERS = {"BlockLSTM": "icfo", "BlockLSTMV2": "ifco"}
random = np.random.default_rng(0)


def constant(*shape):
    return tf.constant(random.normal(size=shape), tf.float32)


INPUTS, WEIGHTS = constant(STEPS, BATCH, FEATURES), constant(FEATURES + UNITS, 4 * UNITS)
BIAS, FACTORS = constant(4 * UNITS), constant(STEPS, BATCH, UNITS)
START, NO_PEEPHOLE = tf.zeros((BATCH, UNITS)), tf.zeros(UNITS)


def as_operation(name, weights):
    more = {"forget_bias": 0.0} if name == "BlockLSTM" else {}
    return getattr(tf.raw_ops, name)(
        seq_len_max=tf.constant(STEPS, tf.int64), x=INPUTS, cs_prev=START, h_prev=START, w=weights,
        wci=NO_PEEPHOLE, wcf=NO_PEEPHOLE, wco=NO_PEEPHOLE, b=BIAS, cell_clip=0.0,
        use_peephole=False, **more,
    ).h


def written_out(name, weights):
    hidden = cell = START
    outputs = []
    for step in range(STEPS):
        parts = tf.split(tf.concat([INPUTS[step], hidden], 1) @ weights + BIAS, 4, 1)
        gate = dict(zip(ORDERS[name], parts, strict=True))
        cell = tf.sigmoid(gate["f"]) * cell + tf.sigmoid(gate["i"]) * tf.tanh(gate["c"])
        hidden = tf.sigmoid(gate["o"]) * tf.tanh(cell)
        outputs.append(hidden)
    return tf.stack(outputs)


def results(lstm, name):
    with tf.GradientTape() as tape:
        tape.watch(WEIGHTS)
        outputs = lstm(name, WEIGHTS)
        total = tf.reduce_sum(outputs * FACTORS)
    return outputs.numpy(), tape.gradient(total, WEIGHTS).numpy()


wrong = {}
for name in ORDERS:
    found, expected = results(as_operation, name), results(written_out, name)
    outputs, wrong[name] = (
        float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(found, expected, strict=True)
    )
    print(f"{name}: outputs {outputs:.3f}, gradient of the weights {wrong[name]:.3f}")
    assert outputs < 1e-5
# The operation's own outputs show which of the two is right, without the LSTM written out.
gradient, right = results(as_operation, "BlockLSTMV2")[1], results(written_out, "BlockLSTMV2")[1]
place = np.unravel_index(np.abs(gradient - right).argmax(), gradient.shape)
step = np.zeros(gradient.shape, np.float32)
step[place] = 1e-2
more, less = (
    float(tf.reduce_sum(as_operation("BlockLSTMV2", WEIGHTS + sign * step) * FACTORS))
    for sign in (1, -1)
)
measured = (more - less) / 2e-2
print(
    f"BlockLSTMV2, change of the result by one weight: {measured:.4f} measured, "
    f"{gradient[place]:.4f} by its gradient"
)
assert wrong["BlockLSTM"] < 1e-4
assert wrong["BlockLSTMV2"] > 0.05
assert abs(measured - right[place]) < 0.01 * abs(right[place]) + 1e-3
assert abs(measured - gradient[place]) > 0.01
PYTHON
TF_CPP_MIN_LOG_LEVEL=3 "$folder/env/bin/python" "$folder/gradients.py"
