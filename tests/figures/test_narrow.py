"""Figures as wide as a phone: one column, texts in lines that fit, and nothing of it where nobody asks."""

from textwrap import wrap

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from ftsec.figures import Drawing, two_widths
from ftsec.figures.base.clashes import clashes
from ftsec.figures.base.narrow import even
from ftsec.figures.base.style import NARROW, WIDTH, canvas, for_phones, is_narrow

LONG = "a label that is much longer than a phone has room for beside a figure"


@two_widths
def drawing(labels: list[str], **grid: object) -> Drawing:
    with canvas(height=3.0, squeeze=False, **grid) as (figure, panels):
        for axes in panels.flat:
            axes.barh(range(len(labels)), range(len(labels)))
            axes.set_yticks(range(len(labels)), labels)
            axes.set_title("A title that is longer than a phone is wide")
            axes.set_xlabel("the name of an axis that a page has room for")
    return Drawing(figure, "A figure of a few bars with long labels.", "bars", pd.DataFrame({"label": labels}))


def test_the_second_version_is_narrow_and_its_texts_fit():
    drawn = drawing([LONG, "short"])
    slim = drawn.narrow()
    slim.draw_without_rendering()
    assert (drawn.figure.get_figwidth(), slim.get_figwidth()) == (WIDTH, NARROW)
    assert clashes(slim) == []
    assert any("\n" in label.get_text() for label in slim.axes[0].get_yticklabels())
    assert not is_narrow()


def test_panels_beside_each_other_stand_below_each_other_on_a_phone():
    drawn = drawing(["one", "two"], ncols=3, sharey=True, width_ratios=[1, 2, 1])
    wide, slim = drawn.figure.axes, drawn.narrow().axes
    assert [axes.get_subplotspec().rowspan.start for axes in wide] == [0, 0, 0]
    assert [axes.get_subplotspec().rowspan.start for axes in slim] == [0, 1, 2]
    assert drawn.narrow().get_figheight() == pytest.approx(9.0)


def test_numbers_have_real_minus_signs_wherever_they_stand():
    with canvas(height=2.0) as (figure, axes):
        axes.set_title("slope -0.3 [-0.4, 0.1] at 1e-4")
        note = axes.annotate("-2", (0, 0))
    assert axes.get_title("left") == "slope −0.3 [−0.4, 0.1] at 1e-4" and note.get_text() == "−2"
    assert Drawing(figure, "The slope of the only line is -0.3.", "slope").alt.endswith("−0.3.")


def test_panels_keep_the_name_of_an_axis_clear_of_the_title_below():
    for figure in (drawing(["one"], nrows=2).figure, drawing(["one"], ncols=2).narrow()):
        figure.draw_without_rendering()
        upper, lower = figure.axes
        gap = upper.xaxis.label.get_window_extent().y0 - lower._left_title.get_window_extent().y1
        assert gap / figure.dpi > 0.15


def test_a_figure_may_name_its_height_on_a_phone():
    with for_phones(), canvas(height=2.0, narrow=5.0) as (figure, _):
        assert figure.get_figheight() == 5.0


def test_only_pages_pay_for_the_second_version(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FTSEC_NARROW_FIGURES", raising=False)
    assert "narrow" not in drawing(["one"])._repr_mimebundle_()[1]["ftsec"]
    monkeypatch.setenv("FTSEC_NARROW_FIGURES", "1")
    about = drawing(["one"])._repr_mimebundle_()[1]["ftsec"]
    assert about["narrow"] and about["clashes"] == {"page": [], "phone": []}


def test_clashes_are_named():
    figure = Figure(figsize=(2, 1))
    for place in (0.5, 0.52):
        figure.text(place, 0.5, f"at {place}")
    figure.text(0.9, 0.9, "beyond the edge")
    figure.draw_without_rendering()
    assert clashes(figure) == ["'at 0.5' covers 'at 0.52'", "'beyond the edge' leaves the figure"]


@given(st.lists(st.text("abcdefgh-", min_size=1, max_size=8), min_size=1, max_size=12), st.integers(8, 40))
def test_broken_lines_are_as_few_as_can_be_and_no_shorter_than_need_be(words: list[str], columns: int):
    text = " ".join(words)
    lines = even(text, columns).splitlines()
    assert " ".join(lines) == text
    assert len(lines) == len(wrap(text, columns, break_on_hyphens=False))
    assert max(map(len, lines)) <= columns


def test_broken_lines_are_even_and_keep_names_whole():
    assert even("ratio of unsafe answers (log scale)", 28) == "ratio of unsafe\nanswers (log scale)"
    assert even("benign data, GPT-3.5", 17) == "benign data,\nGPT-3.5"
