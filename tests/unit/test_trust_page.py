"""docs/trust.md: every promise has one row, and every test that a row names is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([RF]\d+) \| (.+?) \| (yes|partly: .+?|no: .+?) \| (.*?) ?\|$")
NUMBERS = [f"F{number}" for number in range(1, 31)] + [f"R{number}" for number in range(1, 164)]


@cache
def rows() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """number → (promise, verdict, tests); AssertionError for a row that cannot be read or comes twice."""
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for line in (ROOT / "docs" / "trust.md").read_text().splitlines():
        if not re.match(r"\| [RF]\d", line):
            continue
        match = ROW.match(line)
        assert match, line
        number, promise, verdict, named = match.groups()
        assert number not in found, f"{number} comes twice"
        found[number] = promise, verdict, tuple(filter(None, (name.strip(" `") for name in named.split(","))))
    return found


@cache
def names_in(path: Path) -> set[str]:
    """Names of the test functions of a file; methods as Class::name."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
    return found


def test_every_promise_and_fault_has_a_row() -> None:
    assert sorted(rows()) == sorted(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_what_holds_names_tests_that_exist(number: str) -> None:
    promise, verdict, named = rows()[number]
    assert promise.endswith((".", ")")) and (named or verdict.startswith("no: ")), number
    for each in named:
        file, _, name = each.partition("::")
        assert (ROOT / file).is_file(), f"{number}: {file}"
        assert name in names_in(ROOT / file), f"{number}: {each}"
