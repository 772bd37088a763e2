"""A learner's first steps in JupyterLab, in a browser: seal a prediction, answer wrongly and rightly, see the end."""

import os
import re
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from ftsec.base.project import find_project
from ftsec.evidence import cite
from ftsec.teaching.kit import build_kit

PROJECT = find_project(Path(__file__))
JUPYTER = PROJECT.root / ".venv-lab" / "bin" / "jupyter"
PATIENCE = 120_000  # milliseconds
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not JUPYTER.exists(), reason="JupyterLab is in an environment of its own: make test-all"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab that was started as the kit's first page says."""
    folder = tmp_path_factory.mktemp("class")
    build_kit(PROJECT, "two-hours", folder, cite)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [JUPYTER, "lab", "--config=lab.py", "--no-browser", "--allow-root", f"--port={port}"]
    environment = {**os.environ, "HOME": str(folder), "JUPYTER_TOKEN": "class"}
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, cwd=folder / "student", env=environment, stdout=log, stderr=log)
    try:
        yield wait_for(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address):
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api").close()
            return address
        except OSError:
            time.sleep(0.5)
    raise AssertionError("JupyterLab did not start")


def run(page, holds, source):
    """Put the source into the cell that holds this text, run it with Shift+Enter; what stands below it."""
    cell = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=holds)).first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)
    page.keyboard.press("Shift+Enter")
    return cell.locator(".jp-OutputArea")


def test_a_learner_predicts_answers_and_compares(lab, browser):
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{lab}/lab/tree/02_safety_asymmetry.ipynb?token=class&reset")
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()
    sealed = run(page, "import predict", 'from ftsec import predict\npredict("02", "half of it")')
    expect(sealed).to_contain_text(re.compile("Sealed 20.*seal [0-9a-f]{12}"))
    page.locator(".lm-MenuBar-item", has_text="Run").click()
    page.locator(".lm-Menu-item", has_text=re.compile("^Run All Cells")).click()
    end = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text="import reveal")).first
    expect(end.locator(".jp-OutputArea")).to_contain_text("half of it")
    expect(end.locator(".jp-OutputArea")).to_contain_text("What came out")
    wrong = run(page, "answer_02_2", 'from ftsec import check\nanswer_02_2 = 3\ncheck("02-2", answer_02_2)')
    expect(wrong).to_contain_text("02-2: not yet. The number does not hold. Hint:")
    right = run(page, "answer_02_2", 'from ftsec import check\nanswer_02_2 = 10\ncheck("02-2", answer_02_2)')
    expect(right).to_contain_text("02-2: holds.")
    option = page.locator("details.quiz summary").nth(1)
    option.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.quiz[open]")).to_contain_text(re.compile("(Yes|No)\\."))
    assert page.locator("text=Jupyter news").count() == 0
    assert not [url for url in asked if not url.startswith((lab, "data:", "blob:"))]
    page.close()
