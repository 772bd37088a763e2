"""The build line on a small book: what is stale executes, what is not does not, and failures stay local."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from ftsec.base.project import Project
from ftsec.publishing.build import build_book
from tests.small_book import Recorder, edit, write_chapter


def build(book: Project, **options) -> tuple[Recorder, object]:
    recorder = Recorder()
    return recorder, build_book(book, recorder, workers=2, **options)


def command(book: Project, *words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "ftsec", *words], cwd=book.root, capture_output=True, text=True, timeout=120, **options
    )


def test_a_book_is_built_once_and_then_only_what_changed(book: Project):
    first, report = build(book)
    assert set(first.outcomes) == {"01_one", "02_two"} and report.site_built and not report.failures
    page = (book.site / "notebooks" / "02_two.html").read_text(encoding="utf-8")
    assert '<b>Double</b> <span class="ftsec-value">2\u00a0things</span>' in page

    second, report = build(book)
    assert second.outcomes == {} and not report.site_built

    edit(book.chapter("01"), "title", "# New words")
    third, report = build(book)
    assert third.outcomes == {} and report.site_built
    assert "New words" in (book.site / "notebooks" / "01_one.html").read_text(encoding="utf-8")

    edit(book.chapter("01"), "cell-1", "print(n + 40)")
    fourth, report = build(book)
    assert set(fourth.outcomes) == {"01_one"} and fourth.fresh == ["02_two"]


def test_a_style_sheet_that_changed_reaches_the_site_though_no_page_did(book: Project):
    config = book.config.read_text(encoding="utf-8").replace(
        "[ftsec.publishing.sphinx.offline_math]", "[ftsec.publishing.sphinx.page_weight]"
    )
    book.config.write_text(config.replace("html_copy", "html_static_path: [book/_static], html_copy"), encoding="utf-8")
    own = book.root / "book" / "_static" / "own.css"
    own.parent.mkdir()
    for colour in ("#123456", "#654321"):
        own.write_text(f"body {{ color: {colour} }}", encoding="utf-8")
        build(book)
        assert colour in (book.site / "_static" / "own.css").read_text(encoding="utf-8")


def test_a_failing_chapter_names_cell_and_error_and_keeps_the_others(book: Project):
    write_chapter(book.chapter("01"), "n: int = 2  # a number [0, 9]", "print(n)", "1 / 0")
    result = command(book, "build")
    assert result.returncode == 1
    assert "chapter 01_one, cell cell-2: ZeroDivisionError: division by zero" in result.stderr
    assert "Traceback" not in result.stderr
    state = json.loads((book.executed / "02_two.json").read_text(encoding="utf-8"))
    assert state["outcome"]["status"] == "ok"
    edit(book.chapter("01"), "cell-2", "print('mended')")
    recorder, report = build(book)
    assert set(recorder.outcomes) == {"01_one"} and not report.failures


def test_a_dead_kernel_is_an_error_of_its_chapter(book: Project):
    edit(book.chapter("01"), "cell-1", "import os; os._exit(9)")
    _, report = build(book, only=[book.chapter("01")])
    assert "died" in report.failures["01_one"].error.message.lower()


def test_a_cell_over_its_time_limit_is_stopped(book: Project):
    edit(book.chapter("01"), "cell-1", "import time; time.sleep(60)")
    _, report = build(book, only=[book.chapter("01")], timeout=1)
    assert report.failures["01_one"].status == "timeout"
    assert report.failures["01_one"].seconds < 30


def test_a_warning_of_the_renderer_fails_the_build(book: Project):
    (book.root / "book" / "index.md").write_text("# Title\n\n[nowhere](missing.md)\n", encoding="utf-8")
    result = command(book, "build")
    assert result.returncode == 2 and "missing.md" in result.stderr


def test_an_unknown_chapter_is_a_sentence(book: Project):
    result = command(book, "build", "--only", "03")
    assert result.returncode == 2
    assert result.stderr.startswith("ftsec: no chapter is called '03'")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda ending: ending.name)
def test_an_interrupt_leaves_no_kernel_and_no_half_file(book: Project, ending: signal.Signals):
    mark = book.root / "running"
    sleep = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(90)"
    edit(book.chapter("01"), "cell-1", sleep)
    process = subprocess.Popen(
        [sys.executable, "-m", "ftsec", "build"],
        cwd=book.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a shell starts background jobs with the interrupt ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    kernel = psutil.Process(int(wait_for(mark)))
    process.send_signal(ending)
    process.communicate(timeout=30)
    assert process.returncode != 0
    psutil.wait_procs([kernel], timeout=10)
    assert not kernel.is_running()
    assert not (book.executed / "01_one.ipynb").exists()
    if ending is not signal.SIGKILL:
        assert [name for name in os.listdir(book.executed) if name.startswith(".")] == []
    assert build_again(book) == 1, "the chapter must still be stale"


def build_again(book: Project) -> int:
    edit(book.chapter("01"), "cell-1", "print(n)")
    recorder, _ = build(book, only=[book.chapter("01")])
    return len(recorder.outcomes)


def wait_for(mark: Path, seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if mark.exists() and mark.read_text(encoding="utf-8"):
            return mark.read_text(encoding="utf-8")
        time.sleep(0.05)
    raise AssertionError("the chapter did not start")


def test_refresh_writes_text_outputs_back(book: Project):
    assert command(book, "refresh", "--only", "02").returncode == 0
    cells = nbformat.read(book.chapter("02"), as_version=4).cells
    assert cells[2].outputs[0].data["text/plain"] == "double = 2 things"


def test_building_one_chapter_executes_those_whose_figures_prose_shows(book: Project):
    drawn = "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\nplt.gcf()"
    edit(book.chapter("01"), "cell-1", drawn)
    write_chapter(book.root / "notebooks" / "03_three.ipynb", "n: int = 2  # a number [0, 9]", "print(n)")
    book.toc.write_text(book.toc.read_text() + "  - file: notebooks/03_three\n")
    index = book.root / "book" / "index.md"
    index.write_text(index.read_text() + "\n% figure: 01_one#cell-1 A line.\n")
    first, report = build(book, only=[book.chapter("03")])
    assert set(first.outcomes) == {"01_one", "03_three"} and report.site_built
    second, _ = build(book, only=[book.chapter("02")])
    assert set(second.outcomes) == {"02_two"}
