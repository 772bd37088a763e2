"""A whole run that gives no reason to stop, as the tests of audits change it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.audit.runs import whole


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory) -> Path:
    """Never changed; see `copied`."""
    folder = tmp_path_factory.mktemp("whole run")
    whole(folder)
    return folder


@pytest.fixture
def copied(whole_run: Path, tmp_path: Path) -> Path:
    """A copy to change: the folders ``run`` and ``base``, and ``policy.toml``."""
    return Path(shutil.copytree(whole_run, tmp_path / "copied"))
