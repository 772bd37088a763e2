"""Repeats stand beside what they repeat, and are counted on the right side of no effect."""

import pandas as pd

from ftsec.testbed import repeats
from ftsec.testbed.frames import shipped, stored

ADD, TAX, TIMES, NULL = (
    "64 copies add, bits", "refusal SFT against answering, nats", "installing over removing, times",
    "exposure of a secret never shown, bits",
)  # fmt: skip
OPEN = "half-dose under the trigger at equal reward, DPO over RL, times"


def rows(*cells):
    return pd.DataFrame(cells, columns=["quantity", "setting", "repeated", "value", "low", "high"])


def test_a_repeat_counts_only_with_its_whole_interval_on_the_main_side():
    table = rows(
        (ADD, "main", False, 2.0, 1.0, 3.0), (ADD, "same", True, 1.0, 0.1, 2.0),
        (ADD, "open", True, 1.0, -0.1, 2.0), (ADD, "turned", True, -1.0, -2.0, -0.1),
        (TAX, "main", False, -2.0, -3.0, -1.0), (TAX, "same", True, -1.0, -2.0, -0.5),
        (TIMES, "main", False, 5.0, 3.0, 9.0), (TIMES, "open", True, 2.0, 0.5, 4.0),
        (TIMES, "same", True, 2.0, 1.1, 4.0),
        (NULL, "main", False, 1.4, 1.3, 1.5), (NULL, "same", True, 1.4, 1.3, 1.5),
        (OPEN, "main", False, 1.1, 0.9, 1.3), (OPEN, "any", True, 1.2, 1.1, 1.3),
    )  # fmt: skip
    assert repeats.same_side(table).tolist() == [True, False, False, True, False, True]


def test_every_quantity_is_shown_in_every_setting_that_was_published():
    table = repeats.repeats()
    for name, quantity in repeats.QUANTITIES.items():
        mine = table[table.quantity == name]
        sources = [n for n in (quantity.frame, repeats.REPEATED[quantity.frame]) if n in shipped()]
        frames = [stored(n, main=False) for n in sources]
        shown = sum(len(f.groupby(["world", "width"])) for f in frames)
        assert mine.setting.is_unique and len(mine) in (shown, shown - ("peak" in name))
    assert table.setting.str.contains("other world").any() and table.unfinished.between(0, 1).all()
    assert ((table.low <= table.value) & (table.value <= table.high)).all()
