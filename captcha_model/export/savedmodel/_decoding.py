"""Best-path decoding with TensorFlow's operations, for a graph that cannot use NumPy.

Its confidences are simpler than the exact ones of `captcha_model.decoding.posterior`, and they are
not calibrated. With p for the softmax of the logits:

- The confidence of a character is the largest p of its class among the steps that emit it.
- The confidence of a text is the product of those of its characters and, with fixed positions, of
  p(no character) of the empty positions. With CTC, the confidence of an empty text is the product
  of p(blank) over all steps; that of any other text ignores the risk that a character is missing or
  superfluous.
"""

from typing import Any

from captcha_model.decoding.heads import CTC, OutputHead
from captcha_model.vocabulary import BLANK


def best_path(logits: Any, output: OutputHead) -> tuple[Any, Any, Any]:
    """Decode logits with the best class of every step.

    With CTC, adjacent equal classes are one character; with fixed positions they are several.

    Args:
        logits: float32 of shape (N, T, C), N at least 1; class 0 is no character.
        output: the meaning of the steps.

    Returns:
        The ids of the characters, (N, L), padded with 0, where L is the longest text's length;
        their confidences, (N, L), padded with 0; the confidences of the texts, (N,).
    """
    import tensorflow as tf

    probabilities = tf.nn.softmax(logits)
    classes = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
    surest = tf.reduce_max(probabilities, axis=-1)

    emits = classes != BLANK
    begins = emits
    if output is CTC:
        before = tf.pad(classes[:, :-1], [[0, 0], [1, 0]], constant_values=BLANK)
        begins = emits & (classes != before)
    # The position in its text of the character that a step emits, and -1 if it emits none.
    positions = tf.where(emits, tf.cumsum(tf.cast(begins, tf.int32), axis=-1) - 1, -1)

    rows, longest = tf.shape(logits)[0], tf.reduce_max(positions) + 1
    cells = tf.where(emits, tf.range(rows)[:, tf.newaxis] * longest + positions, -1)

    def largest(values: Any) -> Any:
        found = tf.math.unsorted_segment_max(values, cells, rows * longest)
        # Cells without a step have the smallest number of the type.
        return tf.reshape(tf.maximum(found, 0), (rows, longest))

    ids, confidences = largest(classes), largest(surest)
    spoken = tf.reduce_prod(tf.where(ids != BLANK, confidences, 1.0), axis=-1)
    silent = tf.reduce_prod(tf.where(emits, 1.0, surest), axis=-1)
    if output is CTC:
        # Between characters, blanks are one of many alignments of the same text.
        silent = tf.where(tf.reduce_any(emits, axis=-1), 1.0, silent)
    return ids, confidences, spoken * silent
