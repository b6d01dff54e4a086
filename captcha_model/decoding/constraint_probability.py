"""The probability that a constraint holds: that of all the texts it allows, without assuming it.

The confidence of a text is its probability divided by this one, so it says nothing about whether
the constraint is true: of the texts that a false one allows, the best may have nearly all of the
little that they have together. This probability says it. It is near 1 where the network agrees with
the constraint and near 0 where the image contradicts it.

A search is faster over the classes that the constraint allows alone, with probabilities that add up
to 1 over them at every step. What that takes away is the same for every allowed text: the product,
over the steps, of the total probability of those classes. It is multiplied back here.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from captcha_model.decoding.best_path import Floats, log_softmax
from captcha_model.decoding.constraints import Constraint
from captcha_model.decoding.heads import OutputHead
from captcha_model.decoding.lattices import log_sum


class Restricted(NamedTuple):
    """The outputs of a network, restricted to the classes that a constraint allows.

    Attributes:
        log_probabilities: of the classes at every step, given that each step has an allowed class,
            shape (N, T, C).
        log_partition: of all allowed texts under these, shape (N,): -inf where none can be spelled.
        constraint: the probability of the constraint, shape (N,), from 0 to 1; None without one.
    """

    log_probabilities: Floats
    log_partition: Floats
    constraint: Floats | None


def restrict(
    logits: npt.NDArray[np.floating],
    head: OutputHead,
    constraint: Constraint | None,
    temperature: float = 1.0,
) -> Restricted:
    """Restrict the outputs of a network to the allowed classes, and find the probability of that.

    Args:
        logits: shape (N, T, C), class 0 is the blank.
        head: the kind of output that the network has.
        constraint: the allowed texts, of which T steps can hold some; None allows all.
        temperature: the logits are divided by it.
    """
    if constraint is None:
        return Restricted(log_softmax(logits, None, temperature), np.zeros(len(logits)), None)
    allowed = constraint.anywhere
    log_probabilities = log_softmax(logits, allowed, temperature)
    log_partition = head.log_partition(log_probabilities, constraint)
    log_total = log_partition
    if not allowed.all():
        every = log_softmax(logits, None, temperature)
        log_total = log_partition + log_sum(every[..., allowed], axis=2).sum(axis=1)
    # Rounding may leave a little more than 1 where everything is allowed.
    return Restricted(log_probabilities, log_partition, np.exp(np.minimum(log_total, 0.0)))
