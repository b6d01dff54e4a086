"""Reads images of any characters with the recognition stage of RapidOCR, as it comes."""

from protocol import main
from read_rapidocr import Rapidocr


class General(Rapidocr):
    """Returns all of its characters."""

    def _cleaned(self, text: str) -> str:
        return text


if __name__ == "__main__":
    main(General, ["rapidocr", "onnxruntime", "numpy", "opencv-python-headless"])
