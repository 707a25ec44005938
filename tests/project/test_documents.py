"""The documents as a whole: links, pictures and paths lead somewhere, every page is in the index, and none is long."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from supervisor.configuration import load
from tests.project.sources import FOLDERS, PRODUCT, ROOT, shown

DOCS = ROOT / "docs"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), ROOT / "examples" / "README.md"]
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.name != "index.md" and path.parent.name != "decisions"]
LONGEST = 300
"""Lines of a page, as of a file of code."""
PATH = re.compile(rf"`((?:{'|'.join((*PRODUCT, 'tests', 'benchmarks', 'docs'))})/[\w./-]*|\w+\.py)`")
NAMES = {path.name for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")} | {path.name for path in ROOT.glob("*.py")}
ELSEWHERE = {
    "CONTRIBUTING.md": {"actors/drivers/NAME.py", "tests/actors/drivers/test_NAME.py", "actors/interlocks/kinds/NAME.py"},
    "docs/start/by-hand.md": {"pilotage/config.py"},
    "docs/use/add-a-sensor.md": {"actors/drivers/mcp9808.py", "tests/actors/drivers/test_mcp9808.py", "mcp9808.py"},
}
"""Files beside the checkout, and those that a page has its reader write."""


def anchor(heading: str) -> str:
    """Return the name that a heading gets on the pages of the usual forges."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document: Path) -> set[str]:
    text = re.sub(r"(?s)```.*?```", "", document.read_text(encoding="utf-8"))
    return {anchor(heading) for heading in re.findall(r"(?m)^#+ (.*)$", text)}


def links(document: Path) -> list[tuple[Path, str]]:
    """Return (file, heading) of every link of a document that leads to a file of ours."""
    found = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    split = [target.partition("#") for target in found if "://" not in target]
    return [((document.parent / path if path else document).resolve(), heading) for path, _, heading in split]


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(document: Path) -> None:
    wrong = [f"{path}#{heading}" for path, heading in links(document) if not path.exists() or (heading and heading not in anchors(path))]
    assert wrong == []


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=shown)
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    named = set(PATH.findall(document.read_text(encoding="utf-8"))) - ELSEWHERE.get(shown(document), set())
    assert sorted(path for path in named if not (ROOT / path).exists() and path not in NAMES) == []


def test_every_page_is_in_the_index() -> None:
    listed = {path for path, _ in links(DOCS / "index.md")}
    assert [shown(page) for page in PAGES if page not in listed] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_no_page_is_long(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("\n") <= LONGEST


def glossary() -> list[list[str]]:
    """Return the rows of the table of words."""
    text = (DOCS / "understand" / "architecture.md").read_text(encoding="utf-8").partition("\n## Words\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")][1:]


def test_the_glossary_has_25_words_each_of_which_is_used_where_it_says() -> None:
    words = glossary()
    assert len({word for word, _, _ in words}) == len(words) == 25
    for word, _, where in words:
        place = ROOT / where.strip("`")
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        used = "".join(file.name + file.read_text(encoding="utf-8").lower() for file in files)
        assert re.search(word.replace("-", "[-_ ]?").replace(" ", "[_ ]?"), used), f"{where} does not speak of a {word}"


def drawing() -> ModuleType:
    """Return the program that draws, which is no part of a package."""
    found = importlib.util.spec_from_file_location("draw", DOCS / "pictures" / "draw.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


SOURCES = sorted((DOCS / "pictures").glob("*.txt"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_picture_is_what_its_text_says(source: Path) -> None:
    drawn = drawing().drawn(source.read_text(encoding="utf-8"))
    assert source.with_suffix(".svg").read_text(encoding="utf-8") == drawn, "run `python3 dev.py pictures`"


@pytest.mark.parametrize("source", [path for path in SOURCES if path.stem != "house"], ids=lambda path: path.stem)
def test_a_life_has_at_most_five_stops_in_files_that_are_there(source: Path) -> None:
    stops = [line for line in source.read_text(encoding="utf-8").splitlines() if line.startswith("> ")]
    assert 1 < len(stops) <= 5
    for stop in stops:
        first, *others = [part.strip() for part in stop.split("|")[1].split(",")]
        folder = (ROOT / first).parent
        assert (ROOT / first).exists(), first
        assert [other for other in others if not (ROOT / other).exists() and not (folder / other).exists()] == []


def test_the_picture_of_the_live_table_shows_this_bench() -> None:
    drawn = (DOCS / "pictures" / "watch.svg").read_text(encoding="utf-8")
    text = "".join(ET.fromstring(drawn).itertext())  # noqa: S314 - our own file
    bench = load(ROOT / "config.py")
    names = [spec.name for spec in bench.sensors] + [spec.name for spec in bench.outputs]
    assert [name for name in names if name not in text] == []
