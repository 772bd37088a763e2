"""Printed code that runs in the page: what is brought, what is refused, which pages get it, and what a run says."""

import ast
import json
import pprint
import sys
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

import ftsec.article
from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.cli.live import live
from ftsec.figures import printed_code
from ftsec.publishing.live import in_page, pyodide
from ftsec.publishing.live.site import FOLDER, HERE, add_live, calls, sources
from ftsec.publishing.site_check import faults
from tests.site.conftest import QuietHandler

ARTICLE = Path(ftsec.article.__file__).parent
CALLS = calls()


def printed(name: str) -> str:
    function = getattr(import_module(CALLS[name]["module"]), name)
    return "\n".join(line.code for line in printed_code(function).lines)


def page(body: str = "") -> str:
    head = '<head><meta charset="utf-8" /><title>T</title></head>'
    return f'<!doctype html><html lang="en">{head}<body>{body}</body></html>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site: a page with printed code, with a fault marked in it, and one without."""
    (tmp_path / "_static").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "index.html").write_text(page("<p>No code.</p>"), encoding="utf-8")
    from ftsec.article.trajectory import asymmetry_ratio, safety_trajectory

    listing = printed_code(safety_trajectory, asymmetry_ratio, faults={"max(ATTACK_FLOOR": "It lifts."})
    (tmp_path / "notebooks/02.html").write_text(page(listing._repr_html_()), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", CALLS)
def test_a_printed_function_runs_as_it_is_printed_with_the_call_to_begin_with(name: str):
    module, call = CALLS[name]["module"], CALLS[name]["call"]
    ok, said = in_page.run(module, printed(name), call)
    expected = eval(call, dict(vars(import_module(module))))
    assert ok and said == pprint.pformat(expected, width=in_page.WIDTH, sort_dicts=False)


def test_an_edited_line_changes_the_result_and_leaves_the_module_as_it_was():
    module, call = CALLS["safety_trajectory"]["module"], CALLS["safety_trajectory"]["call"]
    before = import_module(module).safety_trajectory()
    code = printed("safety_trajectory")
    ok, said = in_page.run(module, code.replace("max(ATTACK_FLOOR, aligned", "max(0.2, 0 * aligned"), call)
    assert (ok, said) == (True, "0.2")
    assert import_module(module).safety_trajectory() == before


@pytest.mark.parametrize(
    ("code", "call", "said"),
    [
        ("def f(:", "1", "Python cannot read line 1 of the code: invalid syntax."),
        ("x = 1", "f(", "Python cannot read the call: '(' was never closed."),
        ("def f():\n    return 1 / 0", "f()", "ZeroDivisionError in line 2 of the code: division by zero"),
        ("", "nothing_here", "NameError in the call: name 'nothing_here' is not defined"),
        ("raise SystemExit(3)", "1", "SystemExit in line 1 of the code: 3"),
    ],
)
def test_what_goes_wrong_is_said_in_one_sentence(code: str, call: str, said: str):
    assert in_page.run("ftsec.article.trajectory", code, call) == (False, said)


def test_what_is_printed_stands_above_the_result():
    assert in_page.run("ftsec.article.trajectory", "print('seen')", "2 * 3") == (True, "seen\n6")


def test_the_code_that_runs_in_the_page_needs_the_standard_library_alone():
    for name, text in {**sources(ARTICLE), "in_page": (HERE / "in_page.py").read_text(encoding="utf-8")}.items():
        nodes = list(ast.walk(ast.parse(text)))
        modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        foreign = {m for m in modules if m.split(".")[0] not in sys.stdlib_module_names}
        assert all(module.startswith("ftsec.article.") for module in foreign), (name, foreign)


def test_pages_with_printed_code_load_the_script_once_and_others_stay(site: Path):
    untouched = (site / "index.html").read_bytes()
    for _ in range(2):
        assert add_live(site, {"pyodide.mjs": b"export"}, ARTICLE) == ["notebooks/02.html"]
    text = (site / "notebooks/02.html").read_text(encoding="utf-8")
    assert text.count(f'src="../{FOLDER}/run.js"') == text.count(f'href="../{FOLDER}/run.css"') == 1
    assert (site / "index.html").read_bytes() == untouched
    assert (site / FOLDER / "pyodide/pyodide.mjs").read_bytes() == b"export"
    assert set(json.loads((site / FOLDER / "article.json").read_text())) == set(sources(ARTICLE))
    assert [path.name for path in (site / "_static").iterdir()] == ["live"]


def test_only_pyodides_own_files_may_name_a_machine_when_the_site_is_published(site: Path):
    add_live(site, {"pyodide.asm.wasm": b"built in /somewhere/else/"}, ARTICLE)
    assert faults(site, {Path("/somewhere/else")}) == []
    (site / FOLDER / "run.js").write_text("// /somewhere/else/")
    assert len(faults(site, {Path("/somewhere/else")})) == 1


def test_an_archive_that_is_not_the_pinned_one_is_refused(tmp_path: Path):
    (tmp_path / "other.tgz").write_bytes(b"something else")
    with pytest.raises(InputError, match=r"is not Pyodide .* its digest differs"):
        pyodide.core(tmp_path / "other.tgz")


def test_without_npm_the_command_ends_with_a_sentence_and_leaves_the_site(site: Path, tmp_path: Path, monkeypatch):
    class Toy:
        site, build = tmp_path, tmp_path / "nothing"

    monkeypatch.setattr("ftsec.cli.live.find_project", Toy)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(live, standalone_mode=False)
    assert isinstance(done.exception, InputError) and str(done.exception).startswith("npm is not on this machine")
    assert not (site / FOLDER).exists() and "run.js" not in (site / "notebooks/02.html").read_text(encoding="utf-8")


def test_an_npm_that_fails_is_quoted_in_a_sentence(tmp_path: Path, monkeypatch):
    fake = tmp_path / "npm"
    fake.write_text("#!/bin/sh\necho 'no network here' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(InputError, match=rf"npm could not bring Pyodide {pyodide.VERSION}: no network here"):
        pyodide.fetch(tmp_path / "build")
    assert not (tmp_path / "build" / pyodide.ARCHIVE).exists()


@pytest.fixture
def served(site: Path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.mark.browser
def test_a_page_opened_from_a_file_says_why_it_cannot_run(browser, site: Path):
    add_live(site, {}, ARTICLE)
    shown = browser.new_page()
    shown.goto((site / "notebooks/02.html").as_uri())
    shown.locator("summary").click()
    shown.get_by_role("button", name="Run this code here").click()
    assert (
        shown.get_by_role("status").inner_text().startswith("Python can start only where the book is served over http")
    )
    shown.close()


@pytest.mark.browser
def test_before_the_click_nothing_but_the_small_script_is_fetched_and_then_a_fault_is_told(browser, site: Path, served):
    add_live(site, {}, ARTICLE)  # Pyodide itself is not there
    shown, asked = browser.new_page(), []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(f"{served}notebooks/02.html")
    own = {f"{served}{name}" for name in ("notebooks/02.html", f"{FOLDER}/run.js", f"{FOLDER}/run.css", "favicon.ico")}
    assert set(asked) <= own and not shown.get_by_role("button").is_visible()
    shown.locator("summary").click()
    shown.get_by_role("button", name="Run this code here").click()
    code = shown.get_by_label("The code, to change").input_value()
    assert "It lifts." not in code and ast.parse(code)
    shown.get_by_role("button", name="Run", exact=True).click()
    shown.wait_for_selector(".ftsec-run-said[data-state=wrong]")
    assert shown.get_by_label("Result").inner_text().startswith("Python did not start: ")
    shown.close()


@pytest.mark.slow
@pytest.mark.browser
def test_a_reader_runs_edits_and_breaks_the_printed_code_and_no_other_host_is_asked(browser, site: Path, served):
    try:
        core = pyodide.core(pyodide.fetch(find_project(Path(__file__)).build))
    except InputError as missing:
        pytest.skip(f"Pyodide is not there: {missing}")
    add_live(site, core, ARTICLE)
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    shown = context.new_page()
    shown.goto(f"{served}notebooks/02.html")
    shown.locator("summary").click()
    shown.get_by_role("button", name="Run this code here").press("Enter")
    code, said = shown.get_by_label("The code, to change"), shown.get_by_label("Result")

    def run() -> str:
        shown.get_by_role("button", name="Run", exact=True).press("Enter")
        shown.wait_for_function("!document.querySelector('.ftsec-run button').disabled", timeout=120_000)
        return said.inner_text()

    from ftsec.article.trajectory import safety_trajectory

    assert run() == repr(safety_trajectory(adversarial_examples=100)[-1].safety_score)
    code.fill(code.input_value().replace("0.5 * min(1.0, adv", "0.0 * min(1.0, adv"))
    assert run() == repr(safety_trajectory(adversarial_examples=0)[-1].safety_score)
    code.fill("def f(:")
    assert run() == "Python cannot read line 1 of the code: invalid syntax."
    code.fill("while True: pass")
    assert run() == "It took longer than 20 seconds and was ended."
    shown.get_by_role("button", name="As printed").click()
    assert run() == repr(safety_trajectory(adversarial_examples=100)[-1].safety_score)  # a new Python started
    assert f"{served}{FOLDER}/pyodide/pyodide.asm.wasm" in asked
    assert [address for address in asked if not address.startswith(served)] == []
    context.close()
