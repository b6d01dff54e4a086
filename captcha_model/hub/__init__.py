"""The Hugging Face Hub: finding models, and pushing models and Spaces.

The Hub's client is imported on first use, because its import takes longer than reading an image.
"""

from captcha_model.hub.download import BUNDLED, find_folder
from captcha_model.hub.space import push_space, space_files
from captcha_model.hub.upload import (
    COMMIT_MESSAGE,
    Destination,
    check_repo_name,
    folder_files,
    model_files,
    push_folder,
    push_model,
)

__all__ = [
    "BUNDLED",
    "COMMIT_MESSAGE",
    "Destination",
    "check_repo_name",
    "find_folder",
    "folder_files",
    "model_files",
    "push_folder",
    "push_model",
    "push_space",
    "space_files",
]
