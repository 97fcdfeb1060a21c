"""What the documents show in Python runs as it stands."""

import doctest
import os
import re
from pathlib import Path

import pytest

import counterproof
from counterproof import _commands

REPOSITORY = Path(os.environ.get("REPOSITORY", Path(__file__).parents[2]))
DOCUMENTS = ["README.md", "python/PACKAGE.md", "docs/python.md"]


def blocks():
    for name in DOCUMENTS:
        text = (REPOSITORY / name).read_text()
        for index, match in enumerate(re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)):
            yield pytest.param(match[1], id=f"{name}-{index}")


@pytest.mark.parametrize("block", list(blocks()))
def test_a_block_runs_alone(block, tmp_path, monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "<document>", "exec"), {})


def test_every_document_has_some():
    found = [parameter.id.rsplit("-", 1)[0] for parameter in blocks()]
    assert set(found) == set(DOCUMENTS)


def test_examples_of_functions():
    for module in (counterproof, _commands):
        found = doctest.testmod(module)
        assert found.attempted > 0 and found.failed == 0
