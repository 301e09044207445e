"""docs/operations.md speaks of what is there: its verbs, settings, links and alarms, and the times of its tables."""

import re
from datetime import timedelta
from pathlib import Path

import yaml
from unit_files import ROOT

from batch_api.upload_slots import LIFE_S
from config import ROWS, Settings
from jobs import purge, worker
from jobs.operator.__main__ import build_parser
from jobs.operator.installation import CHECKS

PAGE = (ROOT / "docs" / "operations.md").read_text()


def nouns() -> dict[str, set[str]]:
    """noun → its verbs, none where the noun is the verb."""
    (top,) = [action for action in build_parser()._actions if action.dest == "noun"]
    found: dict[str, set[str]] = {}
    for noun, parser in dict(top.choices or {}).items():
        below = [action for action in parser._actions if action.dest == "verb"]
        found[noun] = set(below[0].choices) if below else set()
    return found


def test_every_verb_that_is_named_exists_and_every_noun_is_named() -> None:
    known = nouns()
    named = re.findall(r"`(?:scripts/admin )?([a-z]+) ([a-z-]+)", PAGE)
    wrong = [f"{noun} {verb}" for noun, verb in named if known.get(noun) and verb not in known[noun]]
    assert wrong == []
    assert [noun for noun in known if not re.search(rf"`(?:scripts/admin )?{noun}[ `]", PAGE) and noun != "keys"] == []


def test_every_check_and_every_alarm_has_its_line() -> None:
    alarms = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yaml").read_text())
    names = {rule["alert"] for group in alarms["groups"] for rule in group["rules"]}
    assert names == set(re.findall(r"`(Darkroom[A-Za-z]+)`", PAGE))
    assert set(CHECKS) <= set(re.findall(r"^\| ([a-z]+) \|", PAGE, re.M))


def test_links_and_settings_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists() or Path(target).name == "trust.md", target
    words = set(re.findall(r"`([A-Z][A-Z0-9]+_[A-Z_]+)(?:=[^`]*)?`", PAGE))
    assert words and words <= {row.name for row in ROWS}


def test_the_times_are_those_of_the_program() -> None:
    defaults = Settings.from_env({"SECRET_KEY": "s" * 40})
    assert (defaults.link_hours, defaults.studio_retention_hours) == (24, 168)
    assert (timedelta(1), timedelta(1), timedelta(hours=1)) == (purge.STAGING_AGE, purge.UNKNOWN_AGE, purge.LOSER_AGE)
    assert (timedelta(days=30), 3600) == (purge.DELIVERIES_AGE, LIFE_S)
    assert f"within {worker.GRACE_S} seconds of a stop" in PAGE
