import os
import sys

import pytest

from captcha_model.errors import DataError, DataWarning
from captcha_model.labelling.images import ImageFolder


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_an_image_whose_name_is_not_utf8_is_left_out_and_named(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.png")).touch()
    with (
        pytest.warns(DataWarning, match=r"1 image whose name is not UTF-8 \(\\udcff.png\)"),
        pytest.raises(DataError, match="holds no images"),
    ):
        ImageFolder(tmp_path)
    (tmp_path / "é.png").touch()
    with pytest.warns(DataWarning, match="not UTF-8"):
        assert ImageFolder(tmp_path).names == ("é.png",)
