import pytest

from captcha_model.cli import build_parser
from captcha_model.cli.source_options import source_options
from captcha_model.data.source_options import SourceOptions
from captcha_model.errors import DataError
from captcha_model.training.run_config.run import Run

EVERY_OPTION = [
    SourceOptions(),
    SourceOptions(label_suffix=True, strip_labels=True),
    SourceOptions(label_regex=r"\d+_(.+)", splits="folders"),
    SourceOptions(columns=("n", "file", "label"), text_column="label"),
    SourceOptions(image_column="image path", text_column="--x"),
]


@pytest.mark.parametrize("options", EVERY_OPTION)
def test_the_command_line_says_the_same(options):
    parsed = build_parser().parse_args(["dataset", "stats", "--data", "x", *options.to_arguments()])
    assert source_options(parsed) == options


@pytest.mark.parametrize("options", EVERY_OPTION)
def test_a_run_keeps_them_in_its_yaml(options):
    from captcha_model.training.run_config.run import parse_yaml

    run = Run.from_mappings({"data": {"source": "x", **options.to_dict()}})
    again = Run.from_mappings(parse_yaml(run.to_yaml(), "run.yaml"))
    assert SourceOptions(**{name: getattr(again.data, name) for name in options.to_dict()}) == (
        options
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"label_suffix": True, "label_regex": "(.+)"}, "not both"),
        ({"label_suffix": True, "text_column": "label"}, "exclude each other"),
        ({"label_regex": "("}, "not valid"),
        ({"label_regex": ".+"}, "has 0 groups"),
        ({"label_regex": "(.)(.)"}, "has 2 groups"),
        ({"label_regex": ""}, "label_regex"),
        ({"columns": ("file", "file", "text")}, "a column twice"),
        ({"columns": ("a", "text")}, "'file_name' or 'file', or image_column"),
        ({"columns": ("file", "label")}, "'text', or text_column"),
        ({"columns": ("file", "text"), "text_column": "label"}, "'label'"),
        ({"columns": ("file", "", "text")}, "columns"),
        ({"splits": "random"}, "'hash', 'folders'"),
    ],
)
def test_values_that_are_not_valid(values, message):
    with pytest.raises(DataError, match=message):
        SourceOptions(**values)


def test_a_split_has_one_rule():
    with pytest.raises(DataError, match="exclude each other"):
        Run.from_mappings({"data": {"splits": "folders", "validation_fraction": 0.2}})
