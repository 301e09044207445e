"""The verbs that move credits: what they change, what they refuse with which exit code, and their audit rows."""

import factories
import pytest
from deeds import Run, deeds
from engine_rig import Clock
from sqlalchemy import text

from jobs.tools import Tools
from storage.model import Batch
from storage.records import accounts, ledger
from storage.records.plans import PLANS


def test_credits_are_granted_with_a_reason(admin: Run, tools: Tools, tenant: factories.Tenant) -> None:
    _, shown = admin("grant", tenant.account.id, "500", "--reason", "goodwill")
    assert shown["balance"]["available"] == 10_500
    _, entries = admin("ledger", "show", tenant.account.id)
    assert (entries[0]["kind"], entries[0]["amount"], entries[0]["reason"]) == ("grant", 500, "goodwill")
    assert deeds(tools)[-1] == ("grant", tenant.account.id, {"amount": 500, "reason": "goodwill"})


@pytest.mark.parametrize("amount", ["0", "-5"])
def test_a_grant_must_be_positive(admin: Run, tools: Tools, tenant: factories.Tenant, amount: str) -> None:
    code, said = admin("grant", tenant.account.id, "--reason", "x", amount)
    assert (code, said) == (1, "The amount must be positive.\n")
    assert deeds(tools) == [] and factories.available(tools, tenant) == 10_000


@pytest.mark.parametrize("words", [(), ("5",), ("--reason", "x"), ("5", "--plan-month")])
def test_a_grant_is_an_amount_with_a_reason_or_a_plans_month(
    admin: Run, tools: Tools, tenant: factories.Tenant, words: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as left:
        admin("grant", tenant.account.id, *words)
    assert left.value.code == 2 and deeds(tools) == [] and factories.available(tools, tenant) == 10_000


def test_a_plan_brings_its_credits_once_a_calendar_month(
    admin: Run, tools: Tools, tenant: factories.Tenant, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, monthly = tenant.account.id, PLANS["scale"].monthly_credits
    monkeypatch.setattr("jobs.operator.__main__.open_tools", lambda _settings: tools)
    first = f"plan:{clock():%Y-%m}"
    code, told = admin("grant", account, "--plan-month")
    assert (code, told["granted"], told["ref"], told["balance"]["available"]) == (0, monthly, first, 10_000 + monthly)
    code, told = admin("grant", account, "--plan-month")
    assert (code, told["granted"], told["balance"]["available"]) == (0, 0, 10_000 + monthly)
    assert [verb for verb, _, _ in deeds(tools)] == ["grant plan-month"]
    assert deeds(tools)[0][2] | {"amount": monthly, "plan": "scale", "ref": first} == deeds(tools)[0][2]
    with tools.database.read() as tx:
        assert accounts.usage(tx, account, clock()).plan_remaining == monthly
    clock.forward(32 * 24 * 3600)
    code, told = admin("grant", account, "--plan-month")
    assert (code, told["granted"]) == (0, monthly) and told["ref"] == f"plan:{clock():%Y-%m}" != first


def test_a_refund_gives_back_at_most_what_was_captured(
    admin: Run, tools: Tools, tenant: factories.Tenant, batch: Batch
) -> None:
    account = tenant.account.id
    code, said = admin("refund", account, batch.id, "1", "--reason", "late")
    assert (code, said) == (1, "Only 0 credits can be refunded.\n"), "held is not captured"
    charged = factories.finish_all(tools, batch.id).credits_charged
    before = factories.available(tools, tenant)
    code, shown = admin("refund", account, batch.id, "2", "--reason", "blurred")
    assert (code, shown["balance"]["available"]) == (0, before + 2)
    code, said = admin("refund", account, batch.id, str(charged - 1), "--reason", "again")
    assert (code, said) == (1, f"Only {charged - 2} credits can be refunded.\n")
    assert admin("refund", account, batch.id, "--reason", "x", "-1")[0] == 1
    assert admin("refund", account, batch.id, "0", "--reason", "x")[0] == 1
    assert deeds(tools) == [("refund", account, {"batch": batch.id, "amount": 2, "reason": "blurred"})]
    assert admin("ledger", "verify")[1]["clean"]


def test_another_accounts_batch_is_not_refunded(
    admin: Run, tools: Tools, stranger: factories.Tenant, batch: Batch
) -> None:
    factories.finish_all(tools, batch.id)
    code, said = admin("refund", stranger.account.id, batch.id, "1", "--reason", "x")
    assert (code, said) == (1, "There is no such batch.\n") and deeds(tools) == []


def test_a_balance_is_corrected_up_and_down_but_not_below_nothing(
    admin: Run, tools: Tools, tenant: factories.Tenant
) -> None:
    account = tenant.account.id
    assert admin("adjust", account, "7", "--reason", "miscounted")[1]["balance"]["available"] == 10_007
    code, shown = admin("adjust", account, "--reason", "taken back", "-10000")
    assert (code, shown["balance"]["available"]) == (0, 7)
    code, said = admin("adjust", account, "--reason", "too much", "-8")
    assert (code, said) == (1, "Only 7 credits are available.\n")
    assert admin("adjust", account, "0", "--reason", "nothing")[0] == 1
    assert deeds(tools) == [
        ("adjust", account, {"amount": 7, "reason": "miscounted"}),
        ("adjust", account, {"amount": -10_000, "reason": "taken back"}),
    ]


def test_a_debt_is_allowed_while_unlimited_and_forgiven_when_it_ends(
    admin: Run, tools: Tools, tenant: factories.Tenant
) -> None:
    account = tenant.account.id
    assert admin("accounts", "unlimited", account, "on")[1]["account"]["unlimited"] is True
    assert admin("adjust", account, "--reason", "debt", "-10005")[1]["balance"]["available"] == -5
    code, shown = admin("accounts", "unlimited", account, "off")
    assert (code, shown["account"]["unlimited"], shown["balance"]["available"]) == (0, False, 0)
    told = [(verb, detail) for verb, _, detail in deeds(tools) if verb == "accounts unlimited"]
    assert told == [("accounts unlimited", {"unlimited": True}), ("accounts unlimited", {"unlimited": False})]
    with tools.database.read() as tx:
        assert ledger.verify(tx) == []


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "acct_none", "5", "--reason", "x"),
        ("grant", "acct_none", "--plan-month"),
        ("refund", "acct_none", "bat_none", "5", "--reason", "x"),
        ("adjust", "acct_none", "5", "--reason", "x"),
        ("accounts", "unlimited", "acct_none", "on"),
        ("accounts", "rotate-secret", "acct_none"),
    ],
)
def test_an_unknown_account_is_refused_and_noted_nowhere(admin: Run, tools: Tools, words: tuple[str, ...]) -> None:
    code, said = admin(*words)
    assert code == 1 and said.startswith("There is no ") and deeds(tools) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE accounts SET available = available + 5, granted = granted + 5 WHERE id = :account", "account"),
        ("UPDATE batches SET credits_charged = 1 WHERE id = :batch", "batch"),
        ("UPDATE batches SET pending = 0, succeeded = total WHERE id = :batch", "batch"),
    ],
)
def test_a_ledger_that_was_tampered_with_is_named_with_1(
    admin: Run, tools: Tools, tenant: factories.Tenant, batch: Batch, statement: str, named: str
) -> None:
    known = {"account": tenant.account.id, "batch": batch.id}
    with tools.database.write() as tx:
        tx.execute(text(statement), {named: known[named]})
    code, told = admin("ledger", "verify")
    assert (code, told["clean"]) == (1, False) and any(known[named] in line for line in told["violations"])
    with tools.database.write() as tx:
        assert ledger.verify(tx) == told["violations"], "looking changes nothing"
