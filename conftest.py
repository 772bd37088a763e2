"""For all tests and notebooks: tests run in any order, the cells of a notebook in theirs."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the cells of each notebook into its order again, wherever pytest-randomly has put them."""
    places: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        if hasattr(item, "cell_num"):
            places.setdefault(str(item.path), []).append(place)
    for of_notebook in places.values():
        cells = sorted((items[place] for place in of_notebook), key=lambda cell: cell.cell_num)
        for place, cell in zip(of_notebook, cells, strict=True):
            items[place] = cell
