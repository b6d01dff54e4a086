"""How four widely used readers of text turn a network's probabilities into one confidence.

Each function takes the probabilities of one image, shape (T, C), whose rows sum to 1 and whose
class 0 is the blank, reads the best path and returns from 0 to 1 how sure the reader would be of
its text. What is taken from a reader is its formula; what it does beside that (dictionaries,
ignored characters, spaces, several words) is not here.
"""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Tesseract's numbers: its certainty is 7 times a logarithm, and its percentage 100 + 5 times that.
CERTAINTY_SCALE = 7.0
SHARE_A_CERTAINTY = 0.05


def mean_of_first_steps(probabilities: Floats) -> float:
    """Return the mean probability of the characters at their first steps (PaddleOCR).

    A run of the same class counts by its first step, and blanks do not count. Nothing read gives 0.

    Source: `BaseRecLabelDecode.decode` in PaddlePaddle/PaddleOCR, ppocr/postprocess/
    rec_postprocess.py.
    """
    best = np.argmax(probabilities, axis=1)
    first = best > 0
    first[1:] &= best[1:] != best[:-1]
    return float(probabilities.max(axis=1)[first].mean()) if first.any() else 0.0


def tempered_product(probabilities: Floats) -> float:
    """Return the product over the n steps that are not blank, to the power 2 / sqrt(n) (EasyOCR).

    All steps of a run count, so n may exceed the number of characters. Nothing read gives 0.

    Source: `custom_mean` and `recognizer_predict` in JaidedAI/EasyOCR, easyocr/recognition.py.
    """
    read = probabilities.max(axis=1)[np.argmax(probabilities, axis=1) > 0]
    return float(np.prod(read) ** (2 / math.sqrt(len(read)))) if len(read) else 0.0


def least_sure_step(probabilities: Floats) -> float:
    """Return the lowest, over all steps, of the highest probability of a step (docTR).

    Steps whose best class is the blank count like any other.

    Source: `CTCPostProcessor.ctc_best_path` in mindee/doctr, doctr/models/recognition/crnn/
    pytorch.py.
    """
    return float(probabilities.max(axis=1).min())


def worst_character(probabilities: Floats) -> float:
    """Return the confidence of the least sure character (Tesseract).

    A character's certainty is the lowest logarithm of a probability in its run and in the blanks
    before it, for the last character also in those behind it; the word's is that of its worst
    character. The percentage that is printed is 100 + 5 x 7 x that logarithm, cut at 0. As every
    step so belongs to a character, only the scale and the cut differ from `least_sure_step`.
    Nothing read gives 0.

    Source: `RecodeBeamSearch::ExtractPathAsUnicharIds` in tesseract-ocr/tesseract,
    src/lstm/recodebeam.cpp, `Tesseract::SearchWords` in src/ccmain/linerec.cpp and
    `LTRResultIterator::Confidence` in src/ccmain/ltrresultiterator.cpp.
    """
    if not np.argmax(probabilities, axis=1).any():
        return 0.0
    lowest = math.log(max(least_sure_step(probabilities), 1e-30))
    return max(0.0, 1 + SHARE_A_CERTAINTY * CERTAINTY_SCALE * lowest)


RULES = {
    "PaddleOCR": mean_of_first_steps,
    "EasyOCR": tempered_product,
    "docTR": least_sure_step,
    "Tesseract": worst_character,
}
