"""The settings table of the README is the one of config.py, and its links lead somewhere."""

import re
from pathlib import Path

from config import ROWS, Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_setting_is_in_the_table_with_its_default_and_help() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", README, re.M)
    assert rows == [(row.name, str(row.default), row.help) for row in ROWS]


def test_settings_have_an_attribute_for_every_row_and_no_other() -> None:
    assert [row.name.lower() for row in ROWS] == list(Settings.__dataclass_fields__)


def test_links_of_the_readme_lead_to_files() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
