"""Repeats stand beside what they repeat, and are counted on the right side of no effect."""

import pandas as pd

from ftsec.testbed import repeats as replication
from ftsec.testbed.frames import stored


def rows(*cells):
    return pd.DataFrame(cells, columns=["quantity", "setting", "repeated", "value", "low", "high"])


def test_a_repeat_counts_only_with_its_whole_interval_on_the_main_side():
    table = rows(
        ("bits", "main", False, 2.0, 1.0, 3.0), ("bits", "same", True, 1.0, 0.1, 2.0),
        ("bits", "open", True, 1.0, -0.1, 2.0), ("bits", "turned", True, -1.0, -2.0, -0.1),
        ("loss", "main", False, -2.0, -3.0, 1.0), ("loss", "same", True, -1.0, -2.0, -0.5),
        ("times", "main", False, 5.0, 3.0, 9.0), ("times", "open", True, 2.0, 0.5, 4.0),
        ("times", "same", True, 2.0, 1.1, 4.0),
        (replication.NULL, "main", False, 1.4, 1.3, 1.5), (replication.NULL, "same", True, 1.4, 1.3, 1.5),
    )  # fmt: skip
    assert replication.same_side(table).tolist() == [True, False, False, True, False, True]


def test_every_quantity_is_shown_in_every_setting_that_was_published():
    table = replication.repeats()
    for quantity, (name, _) in replication.QUANTITIES.items():
        mine = table[table.quantity == quantity]
        frames = [stored(n, main=False) for n in (name, replication.REPEATED[name])]
        assert mine.setting.is_unique and len(mine) == sum(len(f.groupby(["world", "width"])) for f in frames)
    assert table.setting.str.contains("other world").any()
    assert ((table.low <= table.value) & (table.value <= table.high)).all()
