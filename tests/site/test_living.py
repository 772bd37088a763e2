"""Living figures: sliders move the curves, by keyboard too; without scripts the static figure stands alone."""

from __future__ import annotations

import pytest

from tests.site.conftest import DESKTOP, PROJECT

pytestmark = pytest.mark.browser
LIVING = [
    path.stem
    for path in PROJECT.chapters()
    if (page := PROJECT.site / "notebooks" / f"{path.stem}.html").exists()
    and 'class="ftsec-living"' in page.read_text(encoding="utf-8")
]


def test_there_are_living_figures(project):
    assert {"02_safety_asymmetry", "15_dose_response", "16_testbed"} <= set(LIVING)


@pytest.mark.parametrize("chapter", LIVING)
def test_a_slider_changes_the_figure_by_keyboard(visit, chapter: str):
    page = visit(DESKTOP).go(f"notebooks/{chapter}.html")
    box = page.locator(".ftsec-living").first
    words, slider = box.locator(".ftsec-living-words"), box.locator("input").last
    box.scroll_into_view_if_needed()
    before, picture = words.inner_text(), box.locator("canvas").screenshot()
    slider.focus()
    page.keyboard.press("Home")
    first = words.inner_text()
    page.keyboard.press("End")
    assert words.inner_text() != first
    assert before and box.locator("canvas").screenshot() != picture


@pytest.mark.parametrize("chapter", LIVING)
def test_without_scripts_the_static_figure_stands_alone(browser, address, chapter: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/notebooks/{chapter}.html")
    assert not page.locator(".ftsec-living").first.is_visible()
    assert page.locator(".cell_output img").first.is_visible()
    context.close()


def test_the_trajectory_in_the_page_is_the_articles_own(visit):
    from ftsec.article.trajectory import safety_trajectory
    from ftsec.figures.living.models import TRAJECTORY_GRID

    page = visit(DESKTOP).go("notebooks/02_safety_asymmetry.html")
    box = page.locator(".ftsec-living").first
    for slider in box.locator("input").all():
        slider.focus()
        page.keyboard.press("End")
    top = {name: grid[-1] for name, grid in TRAJECTORY_GRID.items()}
    expected = safety_trajectory(**top)[-1].safety_score
    assert box.locator(".ftsec-living-words").inner_text().endswith(f": {expected:.3g}")
