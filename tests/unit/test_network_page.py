"""docs/network.md names settings, files and addresses that exist, and says what an operator must not forget."""

import re
from pathlib import Path

from config import ROWS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "network.md").read_text()


def test_every_setting_that_it_names_exists() -> None:
    named = {name.split("=")[0] for name in re.findall(r"`([A-Z][A-Z0-9_]{3,}(?:=[^`]*)?)`", PAGE)}
    assert named and named <= {row.name for row in ROWS}


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / target).resolve().exists(), target


def test_the_second_wall_is_described() -> None:
    for word in ("IMDSv2", "hop limit of 1", "Egress firewall", "smokescreen", "static egress address", "upload slot"):
        assert word in PAGE, word
    assert next(row for row in ROWS if row.name == "EGRESS_ALLOW").default == ""
