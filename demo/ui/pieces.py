"""The parts of the page that stay as they are: header, models, upload, examples and options.

They are plain HTML: the components of Gradio open an upload before our decoder can, and have
buttons without names. `scripts/*.js` bring them to life.
"""

from collections.abc import Sequence
from html import escape

from captcha_model import MAX_IMAGE_BYTES, ReadingOptions, ReadingRow

from ..serving.models import AUTO, ServedModel, ServedModels
from ..serving.readings import MAX_IMAGES
from .html import png_url, threshold_percent
from .next_steps import characters_html
from .routes import GROUP
from .table import COLUMNS, csv_line

FILE_TYPES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
_MIB = 2**20


def header_html(models: ServedModels) -> str:
    """Return the title, the choice of a model, and what each of them reads."""
    entries = [*models.entries.values()]
    options = "".join(
        f'<option value="{escape(m.name)}">{escape(m.name)}</option>' for m in entries
    )
    about = "".join(
        f'<p data-for-model="{escape(m.name)}"{"" if m.name == models.default else " hidden"}>'
        f"{_about(m, entries)}</p>"
        for m in entries
    )
    return (
        '<header class="cm-header"><h1>captcha_model</h1>'
        "<p>Reads short noisy codes, with a confidence for every character.</p>"
        '<captcha-models><label for="model">Model</label> '
        f'<select id="model" data-default="{escape(models.default)}">{options}</select>'
        f'<div class="cm-about-model" data-testid="about">{about}</div></captcha-models></header>'
    )


def _about(model: ServedModel, entries: Sequence[ServedModel]) -> str:
    if model.name != AUTO:
        return f"Reads {escape(model.reads)}: {characters_html(model.characters)}"
    parts = [
        f"<b>{escape(m.name)}</b> ({escape(m.reads)})"
        for m in entries
        if m.is_bundled and m.name != AUTO
    ]
    return f"Each image is read by the model that suits it: {' or '.join(parts)}."


def reader_html(models: ServedModels) -> str:
    """Return the panel that reads one image."""
    return (
        f'<captcha-reader class="cm-columns" data-limit="{MAX_IMAGE_BYTES}"><div class="cm-side">'
        f"{_drop_html('image', 'Choose an image', 'or drop it here, or paste it')}"
        f"{_examples_html(models)}{options_html(models, 'one')}</div>"
        '<div class="cm-main"><p class="cm-hidden" role="status" data-said></p>'
        '<div id="result"><div class="cm-empty">The text of the image appears here.</div></div>'
        '<section class="cm-recent" aria-labelledby="recent-title" hidden>'
        '<h2 id="recent-title">Last readings</h2>'
        '<p class="cm-note">They are kept in this tab only, until it is closed or reloaded.</p>'
        "<ol></ol></section></div></captcha-reader>"
    )


def table_html(models: ServedModels) -> str:
    """Return the panel that reads many images."""
    headings = "".join(
        f'<th scope="col" role="columnheader" aria-sort="none" data-key="{c.key}"'
        f'{" data-number" if c.is_number else ""}><button type="button">{c.heading}</button></th>'
        for c in COLUMNS
    )
    return (
        f'<captcha-table data-limit="{MAX_IMAGE_BYTES}" data-images="{MAX_IMAGES}" '
        f'data-group="{GROUP}" data-csv="{escape(csv_line([*ReadingRow.CSV_HEADER]))}">'
        + _drop_html(
            "files", f"Choose images, at most {MAX_IMAGES}", "or drop them here, or paste them"
        )
        + options_html(models, "many")
        + '<p class="cm-limit cm-medium" data-testid="limit" role="alert" hidden></p>'
        '<div class="cm-progress" hidden><progress aria-label="Images read"></progress> '
        "<span data-progress></span></div>"
        '<div id="summary" role="status"></div><div class="cm-toolbar" hidden>'
        '<label for="filter">Show</label> <select id="filter"></select>'
        '<button type="button" id="csv" class="cm-button">Download as CSV</button></div>'
        '<div class="cm-scroll" tabindex="0" role="group" aria-label="Table of readings" hidden>'
        '<table id="table" role="table"><caption class="cm-hidden">Readings. A heading sorts, a '
        "row shows the whole reading.</caption>"
        f'<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Image</th>'
        f"{headings}</tr></thead>"
        '<tbody role="rowgroup"></tbody></table></div>'
        '<dialog class="cm-dialog" aria-label="Reading of one image"><div class="cm-dialog-top">'
        "<h2></h2>"
        '<button type="button" class="cm-button" data-close>Close</button></div>'
        "<div data-detail></div></dialog></captcha-table>"
    )


def _drop_html(name: str, choose: str, or_else: str) -> str:
    many = " multiple" if name == "files" else ""
    types = ",".join(FILE_TYPES)
    return (
        f'<div id="{name}" class="cm-drop"><input type="file" id="{name}-file" accept="{types}"'
        f'{many}><label for="{name}-file"><b>{choose}</b><span>{or_else}; PNG, JPEG, GIF, WebP or '
        f"BMP, up to {MAX_IMAGE_BYTES // _MIB} MiB</span></label>"
        '<p class="cm-chosen" hidden><span data-name></span> '
        '<button type="button" class="cm-button" data-clear>Clear</button></p></div>'
    )


def _examples_html(models: ServedModels) -> str:
    parts = []
    for model in models.entries.values():
        if not model.examples:
            continue
        of = "Synthetic examples" if model.is_bundled else "Examples of this model's card"
        buttons = "".join(
            f'<li><button type="button" class="cm-example" data-name="{i}.png" '
            f'aria-label="Read example {i}" aria-pressed="false">'
            f'<img src="{png_url(image)}" alt=""></button></li>'
            for i, image in enumerate(model.examples, start=1)
        )
        hidden = "" if model.name == models.default else " hidden"
        parts.append(
            f'<section class="cm-examples" data-for-model="{escape(model.name)}"{hidden}>'
            f"<h2>{of}</h2><ul>{buttons}</ul></section>"
        )
    return "".join(parts)


def options_html(models: ServedModels, name: str) -> str:
    """Return a form with a field for every reading option that the page offers.

    Args:
        models: the models of the server; the first one's threshold is shown.
        name: the name of the form, unique on the page.
    """
    own = models.entries[models.default].min_confidence
    fields = []
    for option in ReadingOptions.on_page():
        assert option.page
        placeholder, label = option.page.placeholder, escape(option.page.label)
        if option.name == "min_confidence" and own:
            placeholder += f", {threshold_percent(own)}"
        if option.is_flag:
            fields.append(
                f'<label class="cm-check"><input type="checkbox" name="{option.name}" '
                f'value="true"> {label}</label>'
            )
        else:
            fields.append(
                f'<label class="cm-field">{label}<input name="{option.name}" autocomplete="off" '
                f'autocapitalize="off" spellcheck="false" maxlength="{ReadingOptions.MAX_TEXT}" '
                f'placeholder="{escape(placeholder)}"></label>'
            )
    return (
        f'<details id="{name}-options" class="cm-options"><summary>Options</summary>'
        f'<form>{"".join(fields)}<button class="cm-button">Read again</button></form></details>'
    )
