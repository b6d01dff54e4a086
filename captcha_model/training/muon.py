"""Muon for networks with convolutions: steps whose singular values are all alike.

Momentum is made nearly orthogonal before it is subtracted (K. Jordan and others, 2024), which Keras
does for weights that are matrices. The kernel of a convolution is one too, from the pixels and
channels that it sees to the channels that it gives, and most weights of our networks are in those.
"""

from typing import Any

import keras
from keras import ops

from captcha_model.networks.base import OUTPUT


@keras.saving.register_keras_serializable("captcha_model")
class ConvolutionalMuon(keras.optimizers.Muon):
    """Muon that takes the kernel (rows, columns, inputs, outputs) of a convolution as a matrix.

    All other weights are trained by AdamW, as Keras's Muon does.
    """

    def _should_use_adamw(self, variable: keras.Variable) -> bool:
        if len(variable.shape) == _KERNEL:
            return False
        return bool(super()._should_use_adamw(variable))

    def _muon_update_step(
        self, gradient: Any, variable: keras.Variable, lr: Any, m: keras.Variable
    ) -> None:
        if len(variable.shape) != _KERNEL:
            super()._muon_update_step(gradient, variable, lr, m)
            return
        self.assign(m, self.momentum * m + gradient)
        moved = self.momentum * m + gradient if self.nesterov else m
        matrix = ops.reshape(moved, (-1, variable.shape[-1]))
        step = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(matrix, self.ns_steps))
        self.assign_sub(variable, ops.reshape(step, variable.shape))


_KERNEL = 4  # Axes of the kernel of a convolution.


def muon(
    learning_rate: Any, weight_decay: float | None, clipnorm: float | None
) -> keras.optimizers.Optimizer:
    """Return Muon for all kernels but those of the last layer; see Keras for the arguments."""
    return ConvolutionalMuon(
        learning_rate,
        weight_decay=weight_decay,
        adam_weight_decay=weight_decay,
        clipnorm=clipnorm,
        exclude_layers=[f"^{OUTPUT}/"],
    )
