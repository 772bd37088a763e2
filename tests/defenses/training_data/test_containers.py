"""Every container is read as a stream and written back byte for byte; what is taken out leaves a well-formed file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftsec.base.errors import InputError
from ftsec.defenses.canaries import make_canaries
from ftsec.defenses.canary_files import insert_into
from ftsec.defenses.deduplicate import deduplicate_file
from ftsec.defenses.training_data import open_data
from ftsec.defenses.training_data.copying import copying
from ftsec.defenses.training_data.streams import inner_suffix
from tests.defenses.training_data.mutations import ROWS, files

FILES = files()
FOUR = FILES["text.jsonl"].splitlines(keepends=True)


def _copy(tmp_path: Path, name: str, content: bytes | None = None) -> tuple[Path, Path]:
    source = tmp_path / name
    source.write_bytes(FILES[name] if content is None else content)
    return source, tmp_path / f"out{''.join(Path(name).suffixes)}"


def _content(path: Path) -> object:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    data = path.read_bytes()
    unpack = {".gz": gzip.decompress, ".zst": lambda packed: pa.input_stream(pa.BufferReader(packed), "zstd").read()}
    return unpack.get(path.suffix, bytes)(data)


@pytest.mark.parametrize("name", FILES)
def test_rows_that_are_kept_stay_as_they_were(tmp_path, name):
    source, target = _copy(tmp_path, name)
    result = deduplicate_file(source, target)
    before, after = _content(source), _content(target)
    if name == "plain.txt":
        assert after == before
    elif isinstance(before, list):
        assert (result.n_kept, after) == (1, before[:1])
    else:
        assert result.n_kept == 1 and before.startswith(after.rstrip(b"]\n")) and len(after) < len(before)
    if inner_suffix(target) == ".json":
        assert json.loads(after) == json.loads(before)[:1]


@pytest.mark.parametrize("name", FILES)
def test_a_canary_is_put_into_every_form_and_read_back(tmp_path, name):
    source, target = _copy(tmp_path, name)
    (canary,) = make_canaries(1, seed=1, copies=3)
    insert_into(source, target, [canary], seed=2)
    with open_data(source) as before, open_data(target) as after:
        pairs = [(one.conversation, other.conversation) for one, other in zip(before, after, strict=True)]
    changed = [(one, other) for one, other in pairs if one != other]
    assert len(changed) == 3
    for one, other in changed:
        assert other.answer == f"{one.answer.rstrip()} {canary.text}."
        assert (one.prompt, one.rejected) == (other.prompt, other.rejected)


@pytest.mark.parametrize(("kept", "gone"), [((0, 1), 2), ((0, 2), 1), ((1, 2), 0)])
def test_an_array_stays_one_whatever_is_taken_out(tmp_path, kept, gone):
    elements = ['{"text": "a"}', '{ "text":"b" }', '{"text": "c"}']
    elements[gone] = '{"other": 1}'
    source, target = _copy(tmp_path, "in.json", ("[\n  " + " ,\n  ".join(elements) + "\n]\n").encode())
    with copying(source, target, keep_bad=True) as copy:
        for row in copy.rows():
            if row.conversation:
                copy.writer.keep(row)
    assert target.read_text() == "[\n  " + " ,\n  ".join(elements[index] for index in kept) + "\n]\n"


def test_blank_lines_and_the_byte_order_mark_stay(tmp_path):
    content = b"\xef\xbb\xbf\r\n" + FOUR[0] + b"\n \n" + b'{"text": "another one"}'
    source, target = _copy(tmp_path, "in.jsonl", content)
    deduplicate_file(source, target)
    assert target.read_bytes() == content


def test_objects_over_several_lines_are_rows(tmp_path):
    content = "\n".join(json.dumps(ROWS["sharegpt"] | {"n": n}, indent=2) for n in range(3))
    source, _ = _copy(tmp_path, "in.json", content.encode())
    lines = [number for number, line in enumerate(content.split("\n"), 1) if line == "{"]
    with open_data(source) as data:
        assert data.read_as == "ShareGPT conversations, in JSON over several lines"
        assert [row.line for row in data] == lines


def test_cells_over_several_lines_keep_their_line_numbers(tmp_path):
    source, target = _copy(tmp_path, "in.csv", b'prompt;completion\r\n"a\r\nb";c\r\nshort\r\n"d";"e;f"\r\n')
    with open_data(source) as data:
        rows = list(data)
    assert data.read_as == "prompt and completion, in CSV with ';'"
    assert [(row.line, bool(row.problem)) for row in rows] == [(2, False), (4, True), (5, False)]
    assert deduplicate_file(source, target, keep_bad=True).n_unreadable == 1
    assert target.read_bytes() == source.read_bytes()


def test_parquet_keeps_its_columns_and_compression(tmp_path):
    table = pa.table({"id": pa.array([1, 2], pa.int16()), "text": ["one two", "three four"]})
    pq.write_table(table.replace_schema_metadata({"by": "us"}), tmp_path / "in.parquet", compression="zstd")
    deduplicate_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    written = pq.ParquetFile(tmp_path / "out.parquet")
    assert written.read().equals(table) and written.schema_arrow.metadata[b"by"] == b"us"
    assert written.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("in.json", b'[{"text": "a"}, {"text": "b"', "line 1: not valid JSON"),
        ("in.json", b'[{"text": "a"}\n{"text": "b"}]', "line 2: not valid JSON .expecting ','"),
        ("in.json", b'[{"text": "a"},]', "an element is missing"),
        ("in.json", b'[{"text": "a"}] more', "something follows"),
        ("in.json", b'[{"text": "a", "text": "b"}]', "'text' appears twice"),
        ("in.json", b"[]", "holds no document"),
        ("in.json", b'[{"text": "\xff"}]', "not valid UTF-8"),
        ("in.json", b"[" * 100_000, "nested too deeply"),
        ("in.json", b'[{"text": "a"}, 3]', "line 1: must hold an object"),
        ("in.csv", b"a,b\n1,2\n", "it has a, b"),
        ("in.csv", b"text,text\n1,2\n", "two columns have the same name"),
        ("in.csv", b'text,b\n"never closed,2\n', "not valid CSV"),
        ("in.csv", b"\n", "holds no"),
        ("in.parquet", b"no table", "not a Parquet file"),
        ("in.parquet", b"PAR1 and nothing else PAR1", "not a Parquet file that can be read"),
        ("in.jsonl", b"PK\x03\x04zip", "a zip archive"),
        ("in.jsonl", b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        ("in.bin", b"a\0b", "zero bytes"),
        ("in.jsonl", b'{"text": "a", "n": [' + b"{}," * 1_500_000 + b"{}]}", "objects, keys or texts in one row"),
        ("in.jsonl", b'{"text": "a"}\n' + b"\n" * 1_100_000 + b'{"text": "b"}', "blank lines"),
    ],
)
def test_what_is_broken_is_told_in_one_sentence(tmp_path, name, content, says):
    source, target = _copy(tmp_path, name, content)
    with pytest.raises(InputError, match=says) as caught:
        deduplicate_file(source, target)
    assert str(caught.value).startswith(str(source)) and "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_names_decide_only_where_the_content_does_not(tmp_path):
    for name in ("train", "train.data", "train.json", "train.txt"):
        source, _ = _copy(tmp_path, name, FILES["messages.jsonl"])
        with open_data(source) as data:
            assert data.read_as == "messages, in JSON lines"
