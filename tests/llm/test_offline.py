"""With the network closed everything is found: nothing is downloaded when a model is loaded, taught or attacked."""

import importlib.util
import socket
from pathlib import Path

import pytest

from tests.llm.conftest import WITHOUT

pytest.importorskip("torch", reason=WITHOUT)

from ftsec.base.errors import InputError
from ftsec.llm import model, policy, probes, world
from ftsec.llm.bench import Bench
from ftsec.llm.runs import Run
from ftsec.llm.tuning import Tuning


@pytest.fixture(autouse=True)
def attempts(monkeypatch):
    """Every connection that is tried is refused and noted."""
    tried = []

    def refused(*arguments, **options):
        tried.append(arguments)
        raise OSError("the network is closed")

    for place, name in ((socket.socket, "connect"), (socket, "create_connection"), (socket, "getaddrinfo")):
        monkeypatch.setattr(place, name, refused)
    return tried


def test_the_fixture_closes_the_network(attempts):
    with pytest.raises(OSError, match="closed"):
        socket.create_connection(("localhost", 9))
    assert attempts


def test_a_folder_is_loaded_and_taught_without_a_connection(folder, attempts):
    bench, split = Bench(model.load(folder)), world.split(3)
    data = policy.lessons(bench.chat, split, 1)
    run = Run(bench.start, data, Tuning(1e-3), probes.quick(bench.chat, split), (0, 1), {"seed": 3})
    assert len(bench.train([run])[0].rows) == 2
    assert attempts == []


@pytest.mark.skipif(importlib.util.find_spec(model.PACKAGE) is None, reason="the weights come with `make llm`")
def test_the_reference_is_loaded_without_a_connection(attempts):
    assert model.load().name == model.FILE
    assert attempts == []


def test_the_name_of_a_model_elsewhere_is_no_folder_and_is_not_fetched(attempts):
    with pytest.raises(InputError, match="holds no model"):
        model.load(Path("example/some-model"))
    assert attempts == []
