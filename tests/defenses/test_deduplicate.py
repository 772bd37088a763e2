"""Deduplication finds what is known to be there, and hostile files lose nothing."""

from __future__ import annotations

import gzip
import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.corpus import dedup
from ftsec.defenses.deduplicate import Deduplicator, Settings, deduplicate_file, find_duplicates, shingles
from ftsec.defenses.sample import corpus_path, load_truth
from ftsec.defenses.training_data import open_data, read_texts

LONG = "the quick brown fox jumps over the lazy dog while nine calm owls watch from an old oak near the mill"


@pytest.fixture(scope="module")
def found():
    removed = [duplicate.line - 1 for duplicate in find_duplicates(read_texts(corpus_path())).duplicates]
    return load_truth().assign(removed=lambda t: t.index.isin(removed))


def test_recall_and_precision_on_the_sample(found):
    counted = found[found.expected != "either"]
    remove = counted.expected == "remove"
    assert counted.removed[remove].mean() >= 0.88  # 0.918 when measured
    assert remove[counted.removed].mean() >= 0.97  # 0.994 when measured


@pytest.mark.parametrize(("role", "least"), [("exact", 1.0), ("near", 0.8)])
def test_copies_are_found_by_role(found, role, least):
    rows = found[(found.role == role) & (found.expected == "remove")]
    assert rows.removed.mean() >= least


def test_entries_and_their_siblings_stay(found):
    assert not found.removed[found.role.isin(["entry", "sibling"])].any()


def test_a_higher_threshold_removes_no_more():
    texts = read_texts(corpus_path())[500:]
    removed = [len(find_duplicates(texts, Settings(threshold)).duplicates) for threshold in (0.5, 0.8, 1.0)]
    assert removed == sorted(removed, reverse=True) and removed[0] > removed[-1]


TEXTS = [LONG, LONG.upper(), LONG + " again", "other words entirely", "", "猫が好き"]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), max_size=12))
def test_every_document_is_kept_or_repeats_a_kept_one(texts):
    result = find_duplicates(texts)
    removed = {d.line for d in result.duplicates}
    assert result.n_kept == len(texts) - len(removed)
    assert all(d.duplicate_of not in removed and d.duplicate_of < d.line for d in result.duplicates)
    assert find_duplicates([t for i, t in enumerate(texts, 1) if i not in removed]).duplicates == []


def test_the_duplicate_is_named_with_its_kind():
    exact, near = find_duplicates([LONG, LONG, LONG.upper() + "!"]).duplicates
    assert (exact.line, exact.duplicate_of, exact.kind) == (2, 1, "exact")
    assert (near.line, near.duplicate_of, near.kind, near.similarity) == (3, 1, "near", 1.0)


def test_threshold_one_removes_exact_copies_only():
    assert [d.kind for d in find_duplicates([LONG, LONG, LONG.upper()], Settings(1)).duplicates] == ["exact"]


def test_characters_serve_scripts_without_blanks():
    one = "雨が降ると川の水は赤くなり古い橋の下を静かに流れていく"
    other = one.replace("静かに", "速く")
    assert not find_duplicates([one, other], Settings(0.6)).duplicates
    assert find_duplicates([one, other], Settings(0.6, unit="characters")).duplicates


def test_a_text_shorter_than_the_ngram_is_one_shingle_of_its_exact_form():
    one, same, other = (shingles(text, Settings()) for text in ("Two words", " Two words\n", "two words"))
    assert len(one) == 1 and one == same != other


@pytest.mark.parametrize("bad", [{"threshold": 0}, {"threshold": 1.1}, {"ngram": 0}, {"unit": "bytes"}])
def test_settings_are_checked(bad):
    with pytest.raises(InputError):
        Settings(**bad)


def _write(tmp_path, content, name="in.jsonl"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def _line(text):
    return json.dumps({"text": text, "n": 1}).encode()


def test_kept_lines_are_copied_byte_for_byte(tmp_path):
    odd = b'{ "text" : "caf\\u00e9 \\u0000", "n":1.50 }'
    source = _write(tmp_path, b"\xef\xbb\xbf" + odd + b"\r\n\n" + _line("b") + b"\n" + _line("b"))
    result = deduplicate_file(source, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == b"\xef\xbb\xbf" + odd + b"\r\n\n" + _line("b") + b"\n"
    assert (result.n_documents, result.count("exact"), result.n_kept) == (3, 1, 2)


def test_compressed_in_and_out(tmp_path):
    source = _write(tmp_path, gzip.compress(b"one line\none line\nanother\n"), "in.txt.gz")
    deduplicate_file(source, tmp_path / "out.txt.gz")
    first = (tmp_path / "out.txt.gz").read_bytes()
    assert gzip.decompress(first) == b"one line\nanother\n"
    deduplicate_file(source, tmp_path / "again.txt.gz")
    assert (tmp_path / "again.txt.gz").read_bytes() == first


HOSTILE = [
    (b"", "holds no document"),
    (b"\n \n", "holds no document"),
    (_line("a") + b"\n[1]", "line 2: must hold an object"),
    (_line("a") + b"\n\xff\xfe{}", "line 2: not valid UTF-8"),
    (b'{"text": "a", "text": "b"}', "'text' appears twice"),
    (b'{"txt": "a"}', "or a text under 'text'; it has txt"),
    (b'{"input_ids": [1, 2]}', "holds tokens"),
    (b'{"text": 3}', "needs a text"),
    (b'{"text": "a"', "not valid JSON"),
    (b"[" * 200_000, "nested|JSON"),
]


@pytest.mark.parametrize(("content", "says"), HOSTILE)
def test_hostile_input_stops_with_a_sentence_and_leaves_nothing(tmp_path, content, says):
    source = _write(tmp_path, content)
    with pytest.raises(InputError, match=says) as caught:
        deduplicate_file(source, tmp_path / "out.jsonl")
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]
    assert source.read_bytes() == content


def test_bad_lines_can_be_kept(tmp_path):
    content = _line("a") + b"\n\xff\xfe\n[1]\n" + _line("a") + b"\n"
    result = deduplicate_file(_write(tmp_path, content), tmp_path / "out.jsonl", keep_bad=True)
    assert (tmp_path / "out.jsonl").read_bytes() == _line("a") + b"\n\xff\xfe\n[1]\n"
    assert (result.n_documents, result.n_unreadable) == (4, 2)


def test_a_line_of_a_hundred_megabytes_stops_without_being_read_whole(tmp_path):
    source = tmp_path / "in.txt"
    with source.open("wb") as stream:
        stream.write(b"first\n" + b"x" * 70_000)
        stream.seek(100_000_000, 1)  # zero bytes, which take no room on the disk
        stream.write(b"\n")
    with pytest.raises(InputError, match="line 2: longer than"):
        deduplicate_file(source, tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()


def test_a_long_line_within_the_limit_is_kept(tmp_path):
    text = b"long words " * 100_000
    deduplicate_file(_write(tmp_path, text + b"\nshort\n", "in.txt"), tmp_path / "out.txt")
    assert (tmp_path / "out.txt").stat().st_size == len(text) + 7


def test_a_damaged_archive_stops(tmp_path):
    packed = gzip.compress(b"\n".join(str(i).encode() * 20 for i in range(1500)))
    middle = len(packed) // 2
    for content in (packed[:middle], packed[:middle] + b"\xff\x00" + packed[middle + 2 :]):
        with pytest.raises(InputError, match="cannot be read to its end"):
            deduplicate_file(_write(tmp_path, content, "in.txt.gz"), tmp_path / "out.txt")
    assert not (tmp_path / "out.txt").exists()


def test_neither_the_input_nor_an_existing_file_is_overwritten(tmp_path):
    source = _write(tmp_path, _line("a"))
    (tmp_path / "link.jsonl").symlink_to(source)
    other = _write(tmp_path, b"precious", "other.jsonl")
    for target in (source, tmp_path / "link.jsonl"):
        with pytest.raises(InputError, match="the input itself"):
            deduplicate_file(source, target, force=True)
    with pytest.raises(InputError, match="exists already"):
        deduplicate_file(source, other)
    assert (source.read_bytes(), other.read_bytes()) == (_line("a"), b"precious")
    deduplicate_file(source, other, force=True)
    assert other.read_bytes() == _line("a")


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    for name, says in (("folder.txt", "not a file"), ("missing.txt", "cannot be read")):
        with pytest.raises(InputError, match=says), open_data(tmp_path / name):
            pass


def test_one_text_in_another_layout_is_a_copy_and_one_with_another_sign_is_none():
    assert find_duplicates([LONG, LONG.upper().replace(" ", "  ") + "!"]).count("near") == 1
    signs = ["is 12 + 7 more", "is 12 - 7 more", "is 12 7 more", "is 12 +7 more", "is x != y so", "is x == y so"]
    assert [d.line for d in find_duplicates(signs).duplicates] == [4]  # a blank is no sign


INSTRUCTIONS = "You are a careful assistant who answers in one word and never explains. " * 10


@pytest.mark.parametrize("part", ["question", "answer", "label", "rejected"])
def test_a_conversation_is_a_copy_only_if_every_part_is_one(part):
    one = {"instructions": INSTRUCTIONS, "question": LONG, "answer": "Yes", "label": "true", "rejected": "Maybe"}
    other = one | {part: "No"}
    found = Deduplicator(Settings()).check([(1, one), (2, other), (3, one)])
    assert [duplicate is not None for duplicate in found] == [False, False, True]
    assert Deduplicator(Settings()).check([(1, one), (2, one | {"question": LONG + " again"})])[1].kind == "near"


def test_the_command_reports_what_it_removed(tmp_path):
    source = _write(tmp_path, b"\n".join(map(_line, [LONG, LONG, LONG + " again", "other"])))
    arguments = [str(source), "-o", str(tmp_path / "out.jsonl"), "--report", str(tmp_path / "r.csv")]
    result = CliRunner().invoke(dedup, arguments)
    assert result.exit_code == 0
    assert "4 documents, 1 exact and 1 near-duplicates removed, 2 in" in result.stdout
    header, exact, near = (tmp_path / "r.csv").read_text().splitlines()
    assert (header, exact) == ("line,duplicate_of,kind,similarity", "2,1,exact,1.000")
    assert near.startswith("3,1,near,0.")
