"""A lying or broken header of safetensors is refused in one sentence, whatever a file holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.defenses.adapters import WEIGHTS
from ftsec.defenses.safetensors_header import read_header
from tests.defenses.conftest import GOOD, safetensors_file, tensor

HOSTILE = [
    ({"a": tensor()}, b"\0" * 7, None, "describes 8 bytes"),
    ({"a": tensor()}, b"\0" * 9, None, "describes 8 bytes"),
    ({"a": tensor()}, b"\0" * 8, 2**63, "claims"),
    ({"a": tensor()}, b"\0" * 8, 1000, "claims"),
    ({"a": tensor(end=4)}, b"\0" * 4, None, "need 8"),
    ({"a": tensor(8, 0)}, b"", None, "need 8"),
    ({"a": tensor(-8, 0)}, b"", None, "whole numbers"),
    ({"a": tensor(shape=(-1, -2))}, b"\0" * 8, None, "whole numbers"),
    ({"a": tensor(shape=(2.0,))}, b"\0" * 8, None, "whole numbers"),
    ({"a": tensor(shape=(2**40, 2**40))}, b"\0" * 8, None, "need"),
    ({"a": tensor(dtype="PICKLE")}, b"\0" * 8, None, "unknown type"),
    ({"a": tensor(dtype=["F32"])}, b"\0" * 8, None, "unknown type"),
    ({"a": tensor(), "b": tensor()}, b"\0" * 8, None, "overlaps"),
    ({"a": tensor(4, 12)}, b"\0" * 12, None, "gap"),
    ({"a": {"dtype": "F32"}}, b"", None, "exactly"),
    ({"a": 3}, b"", None, "exactly"),
    ({"__metadata__": {"a": 1}}, b"", None, "texts only"),
    ({}, b"", None, "no tensor"),
    (b"[]", b"", None, "must hold an object"),
    (b'{"a": 1, "a": 2}', b"", None, "twice"),
    (b"\xff\xff", b"", None, "UTF-8|JSON"),
    (b'{"a":' * 50_000, b"", None, "nested|JSON"),
]


@pytest.mark.parametrize(("header", "data", "length", "says"), HOSTILE)
def test_a_lying_header_is_refused(tmp_path, header, data, length, says):
    with pytest.raises(InputError, match=says) as caught:
        read_header(safetensors_file(tmp_path / "w.safetensors", header, data, length))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("keep", [0, 3, 7, 8, 20, 300, 743])
def test_a_truncated_file_is_refused(tmp_path, keep):
    path = tmp_path / "w.safetensors"
    path.write_bytes((GOOD / WEIGHTS).read_bytes()[:keep])
    with pytest.raises(InputError):
        read_header(path)


@given(content=st.binary(max_size=64))
def test_no_content_crashes_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("w") / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_header(path)
