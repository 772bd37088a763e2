"""How tests are shared out over worker processes."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the cells of one notebook, and the tests of one module, on one worker; browser tests may spread."""
    for item in items:
        if item.get_closest_marker("browser") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))
