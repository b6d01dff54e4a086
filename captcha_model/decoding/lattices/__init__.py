"""Exact probabilities of texts, by dynamic programming over all their alignments.

`ctc` is for networks with CTC output, `fixed` for those with one step for each position. Each has
`log_probability` and `neighbours`, which returns a `Neighbours`. `partition` has the total
probability of all texts that a constraint allows.
"""

from captcha_model.decoding.lattices._neighbours import LOG_ZERO, Neighbours, log_sum, pad

__all__ = ["LOG_ZERO", "Neighbours", "log_sum", "pad"]
