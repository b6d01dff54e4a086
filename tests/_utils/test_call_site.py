import warnings

import pytest

from captcha_model import ModelChooser, read
from captcha_model._utils.call_site import callers_stacklevel
from captcha_model.errors import ConstraintWarning
from tests.conftest import EXAMPLES

IMAGE = EXAMPLES / "1.png"


def test_outside_of_the_package_it_is_the_caller_itself():
    assert callers_stacklevel() == 1


@pytest.mark.parametrize(
    "method",
    [
        lambda model: model.predict(IMAGE, charset="2ß"),
        lambda model: model([IMAGE], charset="2ß"),
        lambda model: list(model.predict_stream([IMAGE], charset="2ß")),
        lambda model: model.inspect(IMAGE, charset="2ß"),
        lambda model: ModelChooser().predict(IMAGE, charset="2ß"),
        lambda model: read(IMAGE, charset="2ß"),
    ],
)
def test_a_warning_about_options_names_the_line_of_the_user(model, method):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        method(model)
    named = {each.filename for each in caught if each.category is ConstraintWarning}
    assert named == {__file__}
