"""The documents beside the experiments: their links are right, and the scripts they name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "experiments/README.md",
    "experiments/RECORD.md",
    "experiments/benchmarks/README.md",
    "colab/README.md",
)


def text_of(document):
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_and_headings(document):
    links = re.findall(r"\]\(([^)\s]+)\)", text_of(document))
    for link in links:
        if link.startswith("https://"):
            continue
        name, _, heading = link.partition("#")
        path = (ROOT / document).parent / name if name else ROOT / document
        assert path.is_file(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {h.lower().replace(" ", "-") for h in headings}, link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_pictures_are_pictures(document):
    for link in re.findall(r"!\[.*?\]\((.*?)\)", text_of(document)):
        assert ((ROOT / document).parent / link).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_scripts_that_are_named_exist(document):
    folder = (ROOT / document).parent
    for name in re.findall(r"[\w/.]*\w\.py\b", text_of(document)):
        assert (folder / name).is_file() or (ROOT / name).is_file(), name


@pytest.mark.parametrize(
    ("document", "folder", "pattern"),
    [
        ("experiments/README.md", "experiments", "*.py"),
        ("experiments/README.md", "experiments/inside", "*.py"),
        ("colab/README.md", "colab", "*.ipynb"),
    ],
)
def test_every_script_and_chapter_has_a_row(document, folder, pattern):
    rows = [line for line in text_of(document).splitlines() if line.startswith("| ")]
    for path in (ROOT / folder).glob(pattern):
        assert any(path.name in row for row in rows), path.name


def test_options_of_the_commands_exist():
    """An option that a table or a command names is one of the script's own."""
    text = text_of("experiments/RECORD.md")
    script = (ROOT / "experiments/mnist_record.py").read_text(encoding="utf-8")
    shared = (ROOT / "experiments/shared/common.py").read_text(encoding="utf-8")
    for option in set(re.findall(r"(?<![\w-])--[a-z-]+[a-z]", text)):
        assert f'"{option}"' in script + shared, option
