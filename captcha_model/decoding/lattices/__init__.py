"""Exact probabilities of texts, by dynamic programming over all ways to spell them.

`ctc` is for networks with a blank between moments, `fixed` for those with one place a step; each
has `log_probability` and `neighbours`, which gives a `Neighbours`. `mass` is what constraints come
to.
"""

from captcha_model.decoding.lattices._neighbours import NEVER, Neighbours, log_sum, pad

__all__ = ["NEVER", "Neighbours", "log_sum", "pad"]
