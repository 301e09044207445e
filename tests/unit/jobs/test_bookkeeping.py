"""The hourly check of the ledger: made when it is time, told in the log and kept as a count, and never a repair."""

import json
import logging
from datetime import timedelta

import pytest
from engine_rig import Rig
from sqlalchemy import text

from jobs.bookkeeping import EVERY, SHARE, TOLD, check_ledger
from jobs.job_log import JobLines
from jobs.submit import submit
from jobs.sweep import Sweeper, sweep_once
from storage.records import accounts, ledger_checks
from storage.records.ledger_checks import LedgerCheck


def spoil(rig: Rig, statement: str = "UPDATE accounts SET available = available + 1, granted = granted + 1") -> None:
    with rig.tools.database.write() as tx:
        tx.execute(text(statement))


def kept(rig: Rig) -> LedgerCheck | None:
    with rig.tools.database.read() as tx:
        return ledger_checks.last(tx)


def test_a_clean_ledger_is_checked_once_an_hour(rig: Rig) -> None:
    submit(rig.tools, rig.order(2), rig.doorbell)
    assert kept(rig) is None
    first = check_ledger(rig.tools)
    assert first == kept(rig) and first is not None and (first.violations, first.checked_at) == (0, rig.clock())
    rig.clock.forward(EVERY.total_seconds() - 1)
    assert check_ledger(rig.tools) is None
    rig.clock.forward(1)
    second = check_ledger(rig.tools)
    assert second == kept(rig) and second is not None and second.checked_at == rig.clock()


def test_a_violation_is_an_error_in_the_log_and_a_count_in_sql(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    spoil(rig)
    with caplog.at_level(logging.INFO):
        sweep_once(Sweeper(rig.tools, rig.doorbell))
    told = [json.loads(JobLines().format(record)) for record in caplog.records if record.levelno == logging.ERROR]
    assert [line["event"] for line in told] == ["ledger.violation", "ledger.checked"]
    assert rig.account_id in told[0]["violation"] and "entries sum to" in told[0]["violation"]
    check = kept(rig)
    assert check is not None and check.violations == told[1]["violations"] == 1
    with rig.tools.database.read() as tx:
        assert tx.scalar(text("SELECT available FROM accounts")) == 100_001, "a check repairs nothing"


def test_many_violations_are_counted_and_some_are_told(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with rig.tools.database.write() as tx:
        for number in range(TOLD + 5):
            accounts.create_account(tx, name=f"A{number}", actor="test", now=rig.clock())
    spoil(rig)
    check = check_ledger(rig.tools)
    assert check is not None and check.violations == TOLD + 6
    assert sum(vars(record).get("event") == "ledger.violation" for record in caplog.records) == TOLD


def test_a_ledger_that_takes_long_is_checked_less_often(rig: Rig) -> None:
    with rig.tools.database.write() as tx:
        ledger_checks.note(tx, LedgerCheck(rig.clock(), 0, 60_000))
    rig.clock.forward(SHARE * 60 - 1)
    assert check_ledger(rig.tools) is None
    rig.clock.forward(1)
    assert check_ledger(rig.tools) is not None


def test_a_check_from_the_future_does_not_keep_the_next_one_away(rig: Rig) -> None:
    with rig.tools.database.write() as tx:
        ledger_checks.note(tx, LedgerCheck(rig.clock() + timedelta(days=400), 3, 1))
    check = check_ledger(rig.tools)
    assert check is not None and check.violations == 0 and kept(rig) == check
