"""How fast, accessible and findable the built pages are: Lighthouse's scores, the bytes and requests of a first visit.

    make lighthouse                                    # the pages below, phone and desktop
    make lighthouse OPTIONS="--rounds 1 --page book/index"

A server on this machine hands out `_build/html` as common static hosts do: text compressed with gzip, files kept by the
browser for ten minutes. Lighthouse visits each page with Chromium, on a simulated slow phone and on a simulated
desktop; the medians over the rounds go into book/_static/lighthouse.csv by the pages' names; the book shows
the file with the pages' present titles.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import shutil
import statistics
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.serve import serving
from ftsec.base.errors import InputError
from ftsec.base.project import Project, find_project
from ftsec.printing.chromium import find_chromium

PACKAGE = "lighthouse@12.8.2"
RESULTS, CONDITIONS = "lighthouse.csv", "lighthouse-conditions.csv"
PAGES = (
    "book/index",
    "book/what-we-found",
    "notebooks/02_safety_asymmetry",
    "notebooks/05_finetuning_attack",
    "notebooks/14_claims_ledger",
    "notebooks/16_testbed",
)
PRESETS = {"phone": (), "desktop": ("--preset=desktop",)}
SCORES = {
    "Performance": "performance",
    "Accessibility": "accessibility",
    "Best practices": "best-practices",
    "Findable": "seo",
}
CHROMIUM = "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-sync"


@dataclass(frozen=True)
class Visit:
    """What one visit by Lighthouse found.

    Attributes:
        scores: from 0 to 100, by category.
        kilobytes: transferred, headers included.
        requests: how many, the page itself included.
        faults: titles of the audits that cost points.
    """

    scores: dict[str, float]
    kilobytes: float
    requests: int
    faults: tuple[str, ...]


def main() -> None:
    options = parse_options()
    project = find_project()
    try:
        lighthouse = installed(project)
    except InputError as missing:
        print(f"nothing was measured: {missing}")
        return
    rows, load = [], os.getloadavg()[0]
    with serving(project.site) as address:
        for page in options.page or PAGES:
            for preset in PRESETS:
                visits = [visit(lighthouse, f"{address}/{page}.html", preset) for _ in range(options.rounds)]
                rows.append(summary(page, preset, visits))
                tell(rows[-1], visits)
    if not options.page:
        write(project.root / "book" / "_static" / RESULTS, rows)
        write(project.root / "book" / "_static" / CONDITIONS, conditions(options, load))


def installed(project: Project) -> Path:
    """Lighthouse's command, installed below `_build` when it is not there yet.

    Raises:
        InputError: where Chromium or npm is missing.
    """
    os.environ["CHROME_PATH"] = find_chromium()
    folder = project.build / "lighthouse"
    command = folder / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise InputError("Lighthouse needs npm, which comes with Node.js: install your system's package")
        subprocess.run([npm, "install", "--silent", "--no-fund", "--prefix", str(folder), PACKAGE], check=True)
    return command


def visit(lighthouse: Path, url: str, preset: str) -> Visit:
    """Let Lighthouse visit a page once with an empty cache."""
    command = [str(lighthouse), url, "--quiet", "--output=json", CHROMIUM, *PRESETS[preset]]
    command.append(f"--only-categories={','.join(SCORES.values())}")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"lighthouse: {url}\n{(done.stdout + done.stderr)[-2000:]}")
    return read(json.loads(done.stdout))


def read(report: dict) -> Visit:
    """What Lighthouse's report says.

    Args:
        report: as `lighthouse --output=json` writes it.
    """
    categories, audits = report["categories"], report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    counted = {part["id"] for each in categories.values() for part in each["auditRefs"] if part["weight"]}
    faults = (audits[name] for name in sorted(counted) if (audits[name]["score"] or 0) < 0.9)
    return Visit(
        {name: 100 * categories[key]["score"] for name, key in SCORES.items()},
        sum(each.get("transferSize", 0) for each in requests) / 1000,
        len(requests),
        tuple(each["title"] for each in faults if each["scoreDisplayMode"] not in ("notApplicable", "manual")),
    )


def summary(page: str, preset: str, visits: list[Visit]) -> dict:
    """One row of the table: medians over the visits."""
    scores = {name: f"{statistics.median(each.scores[name] for each in visits):.0f}" for name in SCORES}
    return {
        "Page": page,
        "On a": preset,
        **scores,
        "kB": f"{statistics.median(each.kilobytes for each in visits):.0f}",
        "Requests": f"{statistics.median(each.requests for each in visits):.0f}",
    }


def tell(row: dict, visits: list[Visit]) -> None:
    print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    for fault in sorted({fault for each in visits for fault in each.faults}):
        print(f"    {fault}", flush=True)


def conditions(options: argparse.Namespace, load: float) -> list[dict]:
    """What the reader must know to read the table."""
    facts = {
        "Measured on": datetime.now(UTC).date().isoformat(),
        "Lighthouse": PACKAGE.split("@")[1],
        "System": f"{platform.system()} {platform.machine()}",
        "Server": "on the same machine, gzip, HTTP/1.1",
        "Visits of each page": options.rounds,
        "Processes waiting or running before the start (load average)": f"{load:.1f}",
    }
    return [{"Condition": name, "Value": value} for name, value in facts.items()]


def write(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", action="append", metavar="PAGE", help="only this page (repeatable); writes no file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
