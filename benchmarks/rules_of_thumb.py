"""How four widely used OCR programs turn a network's probabilities into one confidence.

Each function takes the probabilities of one image, shape (T, C), whose rows sum to 1 and whose
class 0 is the blank, decodes the best path and returns the confidence of its text, from 0 to 1.
Only the formulas are here, not what else these programs do (dictionaries, ignored characters,
spaces, several words).
"""

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# In Tesseract a certainty is 7 times a log-probability, and the percentage is 100 + 5 certainties.
CERTAINTY_SCALE = 7.0
SHARE_A_CERTAINTY = 0.05


def mean_of_first_steps(probabilities: Floats) -> float:
    """Return the mean probability of the characters at their first steps (PaddleOCR).

    A run of the same class counts by its first step; blanks do not count. An empty text gives 0.

    Source: `BaseRecLabelDecode.decode` in PaddlePaddle/PaddleOCR, ppocr/postprocess/
    rec_postprocess.py.
    """
    best = np.argmax(probabilities, axis=1)
    first = best > 0
    first[1:] &= best[1:] != best[:-1]
    return float(probabilities.max(axis=1)[first].mean()) if first.any() else 0.0


def tempered_product(probabilities: Floats) -> float:
    """Return the product over the n steps that are not blank, to the power 2 / sqrt(n) (EasyOCR).

    All steps of a run count, so n may exceed the number of characters. An empty text gives 0.

    Source: `custom_mean` and `recognizer_predict` in JaidedAI/EasyOCR, easyocr/recognition.py.
    """
    read = probabilities.max(axis=1)[np.argmax(probabilities, axis=1) > 0]
    return float(np.prod(read) ** (2 / math.sqrt(len(read)))) if len(read) else 0.0


def least_confident_step(probabilities: Floats) -> float:
    """Return the lowest, over all steps, of the highest probability of a step (docTR).

    Steps whose best class is the blank count like any other.

    Source: `CTCPostProcessor.ctc_best_path` in mindee/doctr, doctr/models/recognition/crnn/
    pytorch.py.
    """
    return float(probabilities.max(axis=1).min())


def worst_character(probabilities: Floats) -> float:
    """Return the confidence of the least confident character (Tesseract).

    The certainty of a character is the lowest log-probability in its run and in the blanks before
    it, for the last character also in the blanks after it; that of a word is the lowest of its
    characters. The printed percentage is 100 + 5 x 7 x that logarithm, at least 0. Every step thus
    belongs to a character, so only the scale and the bound differ from `least_confident_step`. An
    empty text gives 0.

    Source: `RecodeBeamSearch::ExtractPathAsUnicharIds` in tesseract-ocr/tesseract,
    src/lstm/recodebeam.cpp, `Tesseract::SearchWords` in src/ccmain/linerec.cpp and
    `LTRResultIterator::Confidence` in src/ccmain/ltrresultiterator.cpp.
    """
    if not np.argmax(probabilities, axis=1).any():
        return 0.0
    lowest = math.log(max(least_confident_step(probabilities), 1e-30))
    return max(0.0, 1 + SHARE_A_CERTAINTY * CERTAINTY_SCALE * lowest)


RULES = {
    "PaddleOCR": mean_of_first_steps,
    "EasyOCR": tempered_product,
    "docTR": least_confident_step,
    "Tesseract": worst_character,
}
