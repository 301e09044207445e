"""No verb without a test: the parser's own tree is walked, and each verb is run here with --json. What changes
something leaves its row in the audit log, what only shows leaves none."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import pytest
from deeds import Run, deeds

from jobs.operator.__main__ import build_parser
from jobs.tools import Tools, open_tools
from storage.model import Batch, Dialect
from storage.post import Message
from storage.records import endpoints, keys, outbox

# verb: the words after it. {…} are the ids of the stage below.
CHANGING = {
    "accounts create": "Shop",
    "accounts plan": "{account} starter",
    "accounts unlimited": "{account} on",
    "accounts rotate-secret": "{account}",
    "accounts suspend": "{account}",
    "accounts resume": "{account}",
    "accounts delete": "{account} --yes",
    "keys create": "{account} print",
    "keys revoke": "{account} {key}",
    "grant": "{account} 5 --reason because",
    "refund": "{account} {batch} 1 --reason because",
    "adjust": "{account} 5 --reason because",
    "batches cancel": "{batch}",
    "batches requeue": "{batch}",
    "batches retry": "{batch}",
    "batches purge": "{batch}",
    "deliveries resend": "{delivery}",
    "deliveries replay": "{account} {endpoint} --since 2026-01-01T00:00:00Z",
    "backup create": "{folder}/backups",
    "drain on": "--reason because",
    "drain off": "",
    "sweep once": "",
    "secrets reseal": "",
}
SHOWING = {
    "accounts list": "",
    "accounts show": "{account}",
    "keys list": "{account}",
    "ledger verify": "",
    "ledger show": "{account}",
    "batches list": "{account} print",
    "batches show": "{batch}",
    "deliveries list": "{account}",
    "config show": "",
    "config check": "",
    "schema show": "",
    "schema upgrade": "",  # of a schema that is the newest
    "backup verify": "{backup}",
    "backup restore": "{backup} --into {folder}/new",
    "drain show": "",
    "audit list": "",
}
NOT_WELL = {"config check"}  # exits 1 here, where there is no queue server


def leaves(parser: argparse.ArgumentParser, words: str = "") -> Iterator[str]:
    """Every verb as it is typed."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield words.strip()
    for action in nested:
        for name, child in action.choices.items():
            yield from leaves(child, f"{words} {name}")


def test_every_verb_is_run_by_a_test() -> None:
    assert sorted(leaves(build_parser())) == sorted([*CHANGING, *SHOWING])


@pytest.fixture
def stage(
    admin: Run,
    tools: Tools,
    tenant: factories.Tenant,
    batch: Batch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    """One of each thing that a verb is about; the batch is finished, one of its images failed."""
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: tools)  # and its clock
    now, account = tools.clock(), tenant.account.id
    factories.finish_all(tools, batch.id, failing=[1])
    message = Message(Dialect.PRINT, "job.completed", "https://shop.example/hook", b"{}", secrets=("whsec_x",))
    with tools.database.write() as tx:
        key, _ = keys.create_key(tx, account, Dialect.PRINT, name="robot", now=now)
        endpoint, _ = endpoints.create_endpoint(tx, account, Dialect.PRINT, "https://shop.example/hook", ["*"], "", now)
        (delivery,) = outbox.add_messages(tx, account, [message], batch_id=batch.id, image_id=None, now=now)
    found = {"account": account, "batch": batch.id, "key": key.id, "endpoint": endpoint.id, "delivery": delivery}
    return {**found, "folder": tmp_path, "backup": tmp_path / "kept"}


def words_of(verb: str, rest: str, stage: dict[str, Any]) -> list[str]:
    return [word.format(**stage) for word in f"{verb} {rest}".split()]


@pytest.mark.parametrize("verb", CHANGING)
def test_what_changes_something_is_in_the_audit_log_once(
    admin: Run, tools: Tools, stage: dict[str, Any], verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if verb == "drain off":
        admin("drain", "on", "--reason", "x")
    before = deeds(tools)
    if verb == "secrets reseal":
        replaced = replace(tools.settings, secret_key="n" * 40, secret_key_previous=tools.settings.secret_key)
        monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: open_tools(replaced))
    code, answer = admin(*words_of(verb, CHANGING[verb], stage))
    assert code == 0 and isinstance(answer, dict | list), answer
    new = deeds(tools)[len(before) :]
    assert len(new) == 1, new
    assert new[0][0].replace(".", " ").split()[0].rstrip("s") == verb.split()[0].rstrip("s")


@pytest.mark.parametrize("verb", SHOWING)
def test_what_only_shows_leaves_no_trace(admin: Run, tools: Tools, stage: dict[str, Any], verb: str) -> None:
    if "{backup}" in SHOWING[verb]:
        admin("backup", "create", str(stage["backup"]))
    before = deeds(tools)
    code, answer = admin(*words_of(verb, SHOWING[verb], stage))
    assert code == (1 if verb in NOT_WELL else 0) and isinstance(answer, dict | list), answer
    assert deeds(tools) == before
    code, text = admin(*words_of(verb, SHOWING[verb].replace("/new", "/other"), stage), as_json=False)
    assert isinstance(text, str) and text.strip(), "a person gets something to read"
