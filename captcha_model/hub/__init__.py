"""The Hugging Face Hub: finding a model there or here, and pushing models and Spaces.

The Hub's client is imported when it is first needed: that takes longer than reading an image.
"""

from captcha_model.hub.download import BUNDLED, find_folder
from captcha_model.hub.space import push_space, space_files
from captcha_model.hub.upload import COMMIT_MESSAGE, Destination, model_files, push_folder

__all__ = [
    "BUNDLED",
    "COMMIT_MESSAGE",
    "Destination",
    "find_folder",
    "model_files",
    "push_folder",
    "push_space",
    "space_files",
]
