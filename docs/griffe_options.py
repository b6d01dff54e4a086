"""What the Python reference shows of functions that take the reading options.

Their options are written into their signature and docstring when the class is made (see
`captcha_model.inference.options.takes_reading_options`), which an analysis of the source misses.
"""

import inspect
import pydoc
from typing import Any

import griffe

from captcha_model.inference import options


class ReadingOptionsInSignatures(griffe.Extension):
    """Takes the signature and the docstring of such functions from the functions themselves."""

    def on_function(self, *, func: griffe.Function, **_: object) -> None:
        """Replace what was read from the source."""
        decorated = {str(decorator.value) for decorator in func.decorators}
        if options.takes_reading_options.__name__ not in decorated or func.docstring is None:
            return
        function: Any = pydoc.locate(func.path)
        func.docstring.value = inspect.cleandoc(function.__doc__)
        func.overloads = None
        del func.parameters["options"]
        for option in options.ReadingOptions.describe():
            func.parameters.add(
                griffe.Parameter(
                    option.name,
                    annotation=inspect.formatannotation(option.annotation),
                    kind=griffe.ParameterKind.keyword_only,
                    default=repr(option.default),
                )
            )
