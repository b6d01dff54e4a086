"""Writes synthetic captchas in the layout of MJSynth."""

from pathlib import Path

from captcha_model.data.datasets.mjsynth import ANNOTATION
from captcha_model.data.synthetic.synthesis import Synthesizer


def write_mjsynth(synthesizer: Synthesizer, count: int, out: Path) -> None:
    """Write images of three widths into a folder with the layout of MJSynth.

    Args:
        synthesizer: draws the images; its characters must be valid in file names.
        count: the number of images.
        out: the folder.
    """
    texts = [synthesizer.text(index) for index in range(count)]
    lexicon = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    lines = []
    for index, text in enumerate(texts):
        name = f"{index // 50 + 1}/{index % 5 + 1}/{index}_{text}_{lexicon[text]}.jpg"
        lines.append(f"./{name} {lexicon[text]}\n")
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = synthesizer.draw(index).image
        image.resize((image.width * (2 + index % 3) // 3, image.height)).save(path)
    (out / ANNOTATION).write_text("".join(lines))
