"""Readings from the order of the picture to the order in which they are read."""

from collections.abc import Sequence
from dataclasses import replace

from captcha_model.prediction import Alternative, Prediction
from captcha_model.vocabulary import Vocabulary


def ordered(readings: Sequence[Prediction], vocabulary: Vocabulary) -> Sequence[Prediction]:
    """Return readings whose texts and characters are in the reading order of a vocabulary.

    Args:
        readings: in the order of the picture, from left to right.
        vocabulary: with the order "visual" nothing changes. With "logical" a character keeps its
            confidence, its alternatives and its span; it only stands elsewhere in the text.
    """
    if vocabulary.reading_order == "visual":
        return readings
    return [_ordered(reading, vocabulary) for reading in readings]


def _ordered(reading: Prediction, vocabulary: Vocabulary) -> Prediction:
    def other(text: Alternative | None) -> Alternative | None:
        return text and text._replace(text=vocabulary.in_reading_order(text.text))

    return replace(
        reading,
        text=vocabulary.in_reading_order(reading.text),
        characters=tuple(reading.characters[i] for i in vocabulary.order_of(reading.text)),
        runner_up=other(reading.runner_up),
        length_variant=other(reading.length_variant),
    )
