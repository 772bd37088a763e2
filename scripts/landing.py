"""Make the README's picture anew: the built landing page on a desktop.

After `make book`, with a Chromium: `PYTHONPATH=. .venv/bin/python scripts/landing.py`.
"""

from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.serve import serving
from ftsec.base.project import find_project
from ftsec.printing.pdf import find_chromium

SIZE = {"width": 1200, "height": 800}


def main() -> None:
    project = find_project(Path(__file__))
    with serving(project.site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{address}/book/index.html")
        page.wait_for_load_state("networkidle")
        picture = project.root / "book" / "landing.png"
        page.screenshot(path=picture)
        browser.close()
    with Image.open(picture) as shown:  # a palette makes a third of the bytes
        few = shown.convert("RGB").quantize(256)
    few.save(picture, "png", optimize=True)


if __name__ == "__main__":
    main()
