"""The Python of README and guide: each page's examples run in order, in one folder, and print what is shown."""

import importlib.util
import pathlib
import re

import examples
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "src/guide").glob("*.md"))]
BLOCK = re.compile(r"^(?:<!-- (?P<mark>[^\n]*) -->\n+)?```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^```$", re.M | re.S)


def blocks(page: pathlib.Path) -> list[tuple[str, str, str]]:
    """Mark, language and text of each block."""
    found = BLOCK.finditer(page.read_text())
    return [(match["mark"] or "", match["language"], match["text"]) for match in found]


def is_example(block: tuple[str, str, str]) -> bool:
    mark, language, text = block
    return language == "python" and ">>> " in text and not mark.startswith("not run: ")


WITH_EXAMPLES = [page for page in PAGES if any(map(is_example, blocks(page)))]


def test_pages_are_found() -> None:
    assert {"README.md", "python.md"} <= {page.name for page in WITH_EXAMPLES}


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_page_does_what_it_shows(page: pathlib.Path) -> None:
    names: dict[str, object] = {}
    with examples.scratch() as folder:
        for mark, language, text in blocks(page):
            if mark.startswith("file: "):
                (folder / mark.removeprefix("file: ").split(",")[0]).write_text(text)
            elif is_example((mark, language, text)):
                examples.run(text, page.name, file=str(page), names=names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_of_pages_is_python(page: pathlib.Path) -> None:
    for _, language, text in blocks(page):
        if language == "python" and ">>> " not in text:
            compile(text, str(page), "exec")


def test_what_is_imported_on_pages_is_installed_here() -> None:
    found = {name for page in WITH_EXAMPLES for name in re.findall(r"^>>> import (\w+)", page.read_text(), re.M)}
    assert not [name for name in found if importlib.util.find_spec(name) is None]
