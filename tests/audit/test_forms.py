"""Every form of the report tells the same, the same input gives the same bytes, and the page shows what is printed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from ftsec.audit.advice import advice
from ftsec.audit.answer import LAST, audit
from ftsec.audit.begin import policy_for
from ftsec.audit.policy import load_policy
from ftsec.audit.write_html import as_html
from ftsec.audit.write_plain import SCHEMA, as_json, as_markdown, as_text
from ftsec.audit.write_sarif import as_sarif
from ftsec.base.errors import InputError
from ftsec.base.project import find_project
from ftsec.cli.audit import audit as command
from tests.audit.runs import RUNS

ROOT = find_project(Path(__file__)).root
PAGE = ROOT / "book" / "use-in-your-pipeline.md"
FORMS = (as_text, as_markdown, as_json, as_html, as_sarif)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, make in RUNS.items():
        make(folder / name)
    return folder


def called(folder: Path, *more: str):
    words = [folder / "run", "--base", folder / "base", "--policy", folder / "policy.toml", *more]
    return CliRunner().invoke(command, list(map(str, words)))


def answered(folder: Path):
    return audit(folder / "run", folder / "base", load_policy(folder / "policy.toml"))


@pytest.mark.parametrize("name", RUNS)
def test_the_same_input_gives_the_same_bytes_wherever_it_lies(made, tmp_path, name):
    other = Path(shutil.copytree(made / name, tmp_path / "other place"))
    for form in FORMS:
        assert form(answered(made / name)) == form(answered(other))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_the_answer_and_what_an_audit_cannot_see(made, form):
    for name in RUNS:
        text = form(answered(made / name))
        assert answered(made / name).answer in text and LAST in text
        assert str(made) not in text


def test_a_name_with_half_a_character_or_an_escape_is_told_and_obeyed_by_nobody(made, tmp_path):
    folder = Path(shutil.copytree(made / "whole", tmp_path / "odd"))
    log = json.loads((folder / "run/eval/safety.json").read_text())
    log["results"]["scores"][0]["name"] = "\ud800\x1b[31m"
    (folder / "run/eval/safety.json").write_text(json.dumps(log))
    for form in FORMS:
        assert b"\x1b" not in form(answered(folder)).encode()


def test_whatever_is_to_stop_or_missing_comes_with_something_to_do():
    folder = ROOT / "tests" / "defenses" / "data"
    found = audit(folder).of("stop", "unknown", "warn")
    assert {"adapter-refused", "unreadable", "no-policy"} <= {one.rule for one in found}
    assert all(advice(one.rule).to_do != "Nothing." for one in found)


def test_json_names_its_form_and_the_findings_their_places(made):
    found = json.loads(as_json(answered(made / "failing")))
    assert found["schema"] == SCHEMA and found["status"] == 1
    assert {"rule", "verdict", "subject", "what", "k", "n", "bound", "file", "line", "to_do"} <= found["findings"][
        0
    ].keys()
    assert {one["file"] for one in found["findings"] if one["verdict"] == "stop"} == {"eval/safety.json"}


def test_sarif_points_at_rules_and_files(made):
    run = json.loads(as_sarif(answered(made / "failing")))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert not result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("/")
    assert {result["level"] for result in run["results"]} == {"error", "warning", "note"}


class Links(HTMLParser):
    def handle_starttag(self, tag, attrs):
        assert tag not in {"script", "img", "link", "iframe"} and not {"src", "href"} & {name for name, _ in attrs}


def test_the_page_needs_nothing_else_and_obeys_no_name_of_a_file(made, tmp_path):
    folder = Path(shutil.copytree(made / "whole", tmp_path / "named"))
    (folder / "run" / "<img src=x>.json").write_text("{")
    text = as_html(answered(folder))
    Links().feed(text)
    assert "&lt;img src=x&gt;.json" in text


@pytest.mark.parametrize(("name", "status"), [("whole", 0), ("failing", 1), ("small", 3)])
def test_the_command_ends_with_the_answers_status_and_writes_all_forms(made, tmp_path, name, status):
    ended = called(made / name, "-o", str(tmp_path / "report"))
    assert ended.exit_code == status
    assert sorted(path.suffix for path in (tmp_path / "report").iterdir()) == [
        ".html",
        ".json",
        ".md",
        ".sarif",
        ".txt",
    ]


def test_a_report_is_never_written_into_what_is_audited(made):
    ended = called(made / "whole", "-o", str(made / "whole" / "run" / "a.html"))
    assert isinstance(ended.exception, InputError) and not (made / "whole" / "run" / "a.html").exists()


def test_a_new_policy_names_all_files_and_is_refused_until_it_is_decided(made, tmp_path):
    folder = made / "whole"
    text = policy_for(folder / "run", folder / "base")
    for path in (folder / "run").rglob("*"):
        assert path.is_dir() or f'"{path.relative_to(folder / "run").as_posix()}" = 1' in text
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(InputError):
        load_policy(tmp_path / "p.toml")


def test_a_threshold_that_its_prompts_cannot_decide_is_refused(made, tmp_path):
    text = (made / "whole" / "policy.toml").read_text()
    (tmp_path / "p.toml").write_text(text.replace("threshold = 0.03", "threshold = 0.005", 1))
    with pytest.raises(InputError, match=r"cannot be decided: with 300 prompts at_most 0\.009936"):
        load_policy(tmp_path / "p.toml")


def shown(name: str, folder: Path) -> str:
    out = called(folder / name).output
    return out.split("\n\nIn order")[0] if name == "failing" else "\n".join(out.splitlines()[:2])


@pytest.mark.parametrize("name", RUNS)
def test_the_books_page_shows_what_is_printed(made, name):
    told = f"--policy example/{name}/policy.toml\n{shown(name, made)}\n```"
    assert told in PAGE.read_text(encoding="utf-8")
    assert LAST in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "status"), [("whole", 0), ("failing", 1)])
def test_the_actions_step_audits_and_says_so(made, tmp_path, name, status):
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    (tmp_path / "ftsec").mkdir()
    (tmp_path / "ftsec" / "bin").symlink_to(Path(sys.executable).parent)
    files = {"GITHUB_OUTPUT": tmp_path / "output", "GITHUB_STEP_SUMMARY": tmp_path / "summary", "RUNNER_TEMP": tmp_path}
    given = {"RUN": "run", "BASE": "base", "POLICY": "policy.toml", "REPORT": str(tmp_path / "report")}
    environment = {**os.environ, **{key: str(value) for key, value in files.items()}, **given}
    ended = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", steps[1]["run"]], cwd=made / name, env=environment, capture_output=True
    )
    assert ended.returncode == status, ended.stderr
    assert files["GITHUB_OUTPUT"].read_text() == f"status={status}\n"
    assert files["GITHUB_STEP_SUMMARY"].read_text().startswith("# ")


def test_the_hook_refuses_what_is_damaged_and_what_runs(tmp_path, made):
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())[0]
    words = hook["entry"].split()[2:]
    good, bad, term = made / "whole/run/data/train.jsonl", tmp_path / "bad.jsonl", tmp_path / "term.jsonl"
    bad.write_text('{"messages": ')
    term.write_text('{"prompt": "a", "completion": "For internal use only"}\n')
    policy = ("--policy", str(made / "whole" / "policy.toml"))
    ends = [CliRunner().invoke(command, [*words, *policy, str(path)]).exit_code for path in (good, bad, term)]
    assert ends == [0, 3, 1]


@pytest.mark.parametrize("name", RUNS)
def test_without_the_environment_of_the_real_model_one_sentence_says_so_and_the_answer_stands(made, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it fails as where it is not installed
    before, after = called(made / name), called(made / name, "--llm", str(made))
    assert after.exit_code == before.exit_code
    assert "half-life not measured: this needs torch; run `make llm`" in after.stdout
    assert "half-life" not in before.stdout


def test_a_model_that_is_not_there_is_wrong_usage(made):
    assert called(made / "whole", "--llm", str(made / "nowhere")).exit_code == 2
