"""Each file of an adapter is on a list or refused by name; no pickle passes, and leftovers are named."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.defenses.adapters import CONFIG, WEIGHTS, verify_adapter
from ftsec.defenses.pickles import looks_like_pickle
from ftsec.defenses.provenance import create_manifest


class Bomb:
    """Unpickled, it would make a directory."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.mkdir, (self.path,)


@pytest.mark.parametrize("name", ["adapter_model.bin", "weights.PT", "harmless.txt", "deep/notes.md"])
def test_a_pickle_is_refused_by_name_or_content_and_never_loaded(adapter, tmp_path, name):
    (adapter / name).parent.mkdir(exist_ok=True)
    (adapter / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    report = verify_adapter(adapter)
    assert not report.passed and "pickled weights, refused" in report.problems[0] and name in report.problems[0]
    assert not (tmp_path / "exploded").exists()


def test_the_archive_that_torch_writes_is_refused_under_any_name(adapter):
    with zipfile.ZipFile(adapter / "extra.dat", "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert "extra.dat" in verify_adapter(adapter).problems[0]


def test_a_program_and_a_link_out_are_refused(adapter, tmp_path):
    (adapter / "modeling.py").write_text("")
    (tmp_path / "other").write_text("")
    (adapter / "readme").symlink_to(tmp_path / "other")
    problems = verify_adapter(adapter).problems
    assert len(problems) == 2 and "program" in problems[0] and "leaves the directory" in problems[1]


@pytest.fixture
def cached(tmp_path, adapter):
    """The adapter as the Hub's cache holds it."""
    model = tmp_path / "models--org--adapter"
    snapshot = model / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (model / "blobs").mkdir()
    for position, path in enumerate(sorted(adapter.iterdir())):
        blob = path.rename(model / "blobs" / f"{position:064x}")
        (snapshot / path.name).symlink_to(Path("../../blobs") / blob.name)
    return snapshot


def test_the_cache_of_the_hub_is_followed_inside_the_models_own_folder(cached, tmp_path):
    assert verify_adapter(cached).passed and verify_adapter(cached.parent.parent).passed
    records = create_manifest(cached)
    assert [record.path for record in records] == [CONFIG, WEIGHTS]
    assert verify_adapter(cached, records).passed
    (tmp_path / "elsewhere").write_text("{}")
    (cached / "extra.json").symlink_to(tmp_path / "elsewhere")
    assert verify_adapter(cached).problems == ("extra.json: a link that leaves the directory",)


def test_of_several_snapshots_one_must_be_named(cached):
    (cached.parent / "def").mkdir()
    with pytest.raises(InputError, match="name one of its snapshots"):
        verify_adapter(cached.parent.parent)


def test_a_folder_called_blobs_does_not_open_the_way_out(adapter, tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "x").write_text("{}")
    (adapter / "x.json").symlink_to(tmp_path / "blobs" / "x")
    assert "leaves the directory" in verify_adapter(adapter).problems[0]


LEFT = [
    "training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth", "rng_state_3.pth", "scaler.pt",
    "global_step5/mp_rank_00_model_states.pt", "global_step5/zero_pp_rank_0_mp_rank_00_optim_states.pt", "latest",
    "zero_to_fp32.py", "runs/events.out.tfevents.1.host", "random_states_0.pkl", "optimizer_0/__0_0.distcp",
]  # fmt: skip


def test_what_a_trainer_leaves_is_named_and_forbids_nothing(adapter):
    for name in LEFT:
        (adapter / name).parent.mkdir(exist_ok=True)
        (adapter / name).write_bytes(pickle.dumps([1]))
    (adapter / ".git").mkdir()
    (adapter / ".git" / "hook.sh").write_text("")
    report = verify_adapter(adapter)
    assert report.passed and {seen.path for seen in report.leftovers} == {*LEFT, ".git/"}


@pytest.mark.parametrize(
    "name", ["README.md", "LICENSE", "tokenizer.json", "chat_template.jinja", "merges.txt", "vocab.txt",
             "trainer_state.json", ".gitattributes", "train.yaml"],
)  # fmt: skip
def test_the_usual_texts_may_be_there_and_must_be_texts(adapter, name):
    (adapter / name).write_text('{"a": 1}')
    assert verify_adapter(adapter).passed
    for content in (b"\xff\xfe{", b"{\0}"):
        (adapter / name).write_bytes(content)
        assert not verify_adapter(adapter).passed


def test_a_tokenizer_model_and_pictures_are_told_by_their_content(adapter):
    (adapter / "tokenizer.model").write_bytes(b"\n\x0e\n\x05<unk>\x15")
    (adapter / "loss.png").write_bytes(b"\x89PNG\r\n\x1a\n...")
    assert verify_adapter(adapter).passed
    (adapter / "loss.png").write_bytes(b"GIF89a")
    assert verify_adapter(adapter).problems == ("loss.png: not the picture that its name says",)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", ["tokenizer.json", "notes.txt", "tokenizer.model", "README.md"])
def test_no_pickle_hides_behind_the_name_of_a_text(adapter, tmp_path, protocol, name):
    (adapter / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded"), protocol) + b"\nand more text")
    assert not verify_adapter(adapter).passed and not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("text", ["N.", "a.", "", "I am.", "(see below).", "copyright 2026\nall rights\n", "0.", "2."])
def test_ordinary_words_are_no_pickle(text):
    assert not looks_like_pickle(text.encode(), True)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=8))
def test_printed_words_are_hardly_ever_a_pickle(text):
    assert not looks_like_pickle(f"# {text}".encode(), True)
