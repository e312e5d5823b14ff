"""The pictures of the README: a real small project on the page, in headless Chromium."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synthcraft.evals.bench import Workbench
from synthcraft.evals.bench_page import chromium, served
from synthcraft.graph.errors import SynthCraftError

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

ROWS = 2000
LARGEST_BYTES = 200_000
COLOURS = 160
SIZE: ViewportSize = {"width": 1280, "height": 800}
WISH = "I want to predict heart_attack and share the data with colleagues. Use only {}."
ENGINES = "cart and bayesian_network"


def draw(out: Path) -> list[Path]:
    """Go through a project on rows of NHANES 2017-2018 and keep three pictures.

    Raises:
        SynthCraftError: there is no Chromium, or a picture is too large.
    """
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name, chromium() as page:
        if page is None:
            raise SynthCraftError("Pictures need Chromium.", "Install it: apt-get install chromium")
        folder = Path(name)
        table = Workbench(folder).first_rows(ROWS).rename(folder / "nhanes.csv")
        with served(folder, folder / "home") as (url, _):
            page.set_viewport_size(SIZE)
            page.goto(url)
            return _project(page, table, out)


def _project(page: Page, table: Path, out: Path) -> list[Path]:
    page.locator("#sc-start input[type=file]").set_input_files(table)
    page.get_by_text("Ready to start with").wait_for()
    page.get_by_role("textbox", name="Message", exact=True).fill(WISH.format(ENGINES))
    page.keyboard.press("Enter")
    page.get_by_text("Noted.").wait_for()
    page.get_by_role("button", name="Start", exact=True).click()
    while "train" not in _card(page):
        _approve(page)
    kept = [_keep(page, out / "card.png")]
    while not page.locator("#sc-status").get_by_text("Finished").count():
        if page.locator("#sc-card-text h3").is_visible():
            _approve(page)
        page.wait_for_timeout(300)
    page.get_by_role("tab", name="Results").click()
    page.locator("#sc-plot .main-svg").first.wait_for()
    page.locator("#sc-figures").scroll_into_view_if_needed()
    page.locator("#sc-side").evaluate(
        "side => side.scrollBy(0, document.getElementById('sc-figures')"
        ".getBoundingClientRect().top - 130)"
    )
    kept.append(_keep(page, out / "results.png"))
    page.emulate_media(color_scheme="dark")
    page.get_by_role("tab", name="History").click()
    return [*kept, _keep(page, out / "history.png")]


def _card(page: Page) -> str:
    """The title of the open card."""
    return page.locator("#sc-card-text h3").inner_text()


def _approve(page: Page) -> None:
    """Approve the open card and wait until it is another one, or none."""
    shown = _card(page)
    page.locator("#sc-answers").get_by_role("button").first.click()
    page.locator("#sc-card-text h3", has_text=shown).wait_for(state="hidden")


def _keep(page: Page, path: Path) -> Path:
    """What the page shows, in few colours."""
    from PIL import Image

    page.wait_for_timeout(2000)  # figures and lists come to rest
    shot = Image.open(BytesIO(page.screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    if path.stat().st_size > LARGEST_BYTES:
        raise SynthCraftError(
            f"{path.name} is larger than {LARGEST_BYTES:,} bytes.", "Fewer colours."
        )
    return path


if __name__ == "__main__":
    for picture in draw(Path(sys.argv[1])):
        print(f"{picture} {picture.stat().st_size:,} bytes")
