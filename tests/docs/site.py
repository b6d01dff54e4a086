"""The documentation as MkDocs builds it."""

import re


def slug(heading: str) -> str:
    """Return the anchor of a heading, as MkDocs and code hosts make it for plain headings."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
