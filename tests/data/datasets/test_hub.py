import io
from pathlib import Path

import pytest
from PIL import Image

from captcha_model.data.source_options import SourceOptions
from captcha_model.data.sources import find_samples, source_name
from captcha_model.errors import DataError, HubError
from tests.hub_repos import Blob, Repo


def png(value: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (20, 10), value).save(file, "PNG")
    return file.getvalue()


def publish(hub, files, ref="main"):
    """Put a data set into the Hub as ann/plates."""
    repo = hub.repos.setdefault(("datasets", "ann/plates"), Repo("ann/plates"))
    tree = {name: Blob(data, name.endswith((".png", ".parquet"))) for name, data in files.items()}
    repo.commit(ref, tree, "data")


@pytest.fixture(autouse=True)
def _cache(monkeypatch, tmp_path):
    """A cache of its own, which the client reads when it is called."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))


def pairs_of(source, **options):
    return [(s.name, s.label) for s in find_samples(source, SourceOptions(**options))]


IMAGE_FOLDER = {
    "README.md": b"---\nlicense: mit\n---\n",
    "plates.py": b"raise SystemExit('this must not be run')",
    "train/0.png": png(1),
    "train/1.PNG": png(2),
    "train/metadata.csv": b"file_name,text\n0.png,ab\n1.PNG,cd\n",
    "test/0.png": png(3),
    "test/metadata.csv": b"file_name,text\n0.png,ef\n",
}


def test_an_imagefolder_of_the_hub(hub, tmp_path):
    publish(hub, IMAGE_FOLDER)
    samples = find_samples("hf://datasets/ann/plates")
    assert sorted((s.name, s.label) for s in samples) == [
        ("test/0.png", "ef"),
        ("train/0.png", "ab"),
        ("train/1.PNG", "cd"),
    ]
    assert {s.read() for s in samples} == {png(1), png(2), png(3)}
    # Code and texts of the repository are not even downloaded.
    assert not [p for p in tmp_path.rglob("*") if p.suffix in (".py", ".md")]
    assert source_name("hf://datasets/ann/plates") == "hf://datasets/ann/plates"


def test_a_folder_and_a_table_of_the_repository(hub):
    publish(hub, IMAGE_FOLDER)
    assert pairs_of("hf://datasets/ann/plates/test/") == [("0.png", "ef")]
    assert len(pairs_of("hf://datasets/ann/plates/train/metadata.csv")) == 2
    assert not hub.asked("test/0.png") or len(hub.asked("resolve")) >= 1


def test_a_revision(hub):
    publish(hub, {"old.png": png(1)}, ref="v1")
    publish(hub, {"new.png": png(1)})
    publish(hub, {"made.png": png(1)}, ref="refs/convert/parquet")
    assert pairs_of("hf://datasets/ann/plates") == [("new.png", "new")]
    assert pairs_of("hf://datasets/ann/plates@v1") == [("old.png", "old")]


def test_parquet_files(hub):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    files = {}
    for split, label in (("train", "ab"), ("test", "cd")):
        file = io.BytesIO()
        rows = {"image": [{"bytes": png(1), "path": "1.png"}], "text": [label]}
        parquet.write_table(pa.table(rows), file)
        files[f"data/{split}-00000-of-00001.parquet"] = file.getvalue()
    publish(hub, files)
    samples = find_samples("hf://datasets/ann/plates", SourceOptions(splits="folders"))
    assert sorted(s.label for s in samples) == ["ab", "cd"]
    assert samples[0].read() == png(1)


@pytest.mark.parametrize(
    "source",
    [
        "hf://datasets/plates",
        "hf://datasets/",
        "hf://datasets/ann/plates@",
        "hf://datasets/ann/plates/../../etc",
        "hf://datasets/../plates",
    ],
)
def test_names_that_are_none(source, hub):
    with pytest.raises(DataError, match="is not the name of a data set") as caught:
        find_samples(source)
    assert caught.value.code == "SOURCE_NOT_FOUND"
    assert not hub.requests


def test_what_is_not_there(hub):
    with pytest.raises(HubError) as caught:
        find_samples("hf://datasets/ann/plates")
    assert caught.value.code == "REPO_NOT_FOUND"
    publish(hub, {"README.md": b"nothing"})
    with pytest.raises(DataError):
        find_samples("hf://datasets/ann/plates")
    with pytest.raises(HubError) as caught:
        find_samples("hf://datasets/ann/plates@v9")
    assert caught.value.code == "REVISION_NOT_FOUND"


def test_a_link_in_the_cache_that_leads_out_is_not_followed(hub, tmp_path):
    publish(hub, IMAGE_FOLDER)
    find_samples("hf://datasets/ann/plates")
    (folder,) = (tmp_path / "cache").glob("datasets--*/snapshots/*")
    (tmp_path / "secret.png").write_bytes(png(9))
    (folder / "train" / "9.png").symlink_to(tmp_path / "secret.png")
    with pytest.warns(UserWarning, match=r"9\.png"):
        names = {s.name for s in find_samples("hf://datasets/ann/plates")}
    assert "train/9.png" not in names and Path("train/0.png").as_posix() in names
