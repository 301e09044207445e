"""Accounts: who pays, on which plan, with which secret their callbacks are signed. Balances
are read here and changed only in ledger.py."""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, insert, select, update

from storage.errors import NotFound
from storage.ids import new_id
from storage.model import Account, EntryKind
from storage.records import audit, ledger, plans
from storage.records.database import seal
from storage.records.rows import account_of
from storage.records.tables import accounts, ledger_entries

SIGNUP_CREDITS = 75
PLAN_GRANT = "plan:"  # a grant whose ref starts so brings plan credits
MERCHANT_DIGITS = 10
SECRET_BYTES = 32


@dataclass(frozen=True)
class Usage:
    """Credits of the calendar month (UTC). plan_remaining + payg_remaining = the available balance, unless that is
    negative (unlimited accounts), when both are 0. Used = held and spent in the period, less what came back."""

    used_this_period: int
    period_start: datetime
    period_end: datetime
    plan_remaining: int
    payg_remaining: int


def new_webhook_secret() -> str:
    """`whsec_` + 32 random bytes in base64, the spelling of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def create_account(
    tx: Connection,
    *,
    name: str,
    plan: str = "free",
    credits: int = SIGNUP_CREDITS,
    actor: str,
    now: datetime,
) -> Account:
    """A new account with its sign-up credits, a merchant id and a webhook secret. Raises Invalid for unknown plans."""
    account_id = new_id("acct", now)
    values = {
        "id": account_id,
        "name": name,
        "merchant_id": free_merchant_id(tx),
        "plan": plans.plan(plan).tier,
        "created_at": now,
        "unlimited": False,
        "webhook_secret": seal(tx, new_webhook_secret()),
        "available": 0,
        "held": 0,
        "spent": 0,
        "granted": 0,
    }
    tx.execute(insert(accounts).values(values))
    if credits:
        ledger.grant(tx, account_id, credits, ref="signup", actor=actor, reason="Sign-up credits", now=now)
    audit.write(tx, actor, "account.create", account_id, {"plan": plan, "credits": credits}, now)
    return get_account(tx, account_id)


def free_merchant_id(tx: Connection) -> str:
    """A merchant id nobody has; its column is unique, so a race ends in an error and not in a twin."""
    while True:
        first, rest = secrets.randbelow(9) + 1, secrets.randbelow(10 ** (MERCHANT_DIGITS - 1))
        merchant_id = f"merchant_{first}{rest:0{MERCHANT_DIGITS - 1}d}"
        if tx.scalar(select(accounts.c.id).where(accounts.c.merchant_id == merchant_id)) is None:
            return merchant_id


def get_account(tx: Connection, account_id: str) -> Account:
    """Raises NotFound."""
    row = tx.execute(select(accounts).where(accounts.c.id == account_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such account.")
    return account_of(tx, row)


def list_accounts(tx: Connection) -> list[Account]:
    """All accounts, oldest first."""
    return [account_of(tx, row) for row in tx.execute(select(accounts).order_by(accounts.c.id))]


def set_plan(tx: Connection, account_id: str, plan: str) -> Account:
    """Move to another plan; batches already submitted keep theirs. Raises Invalid, NotFound."""
    return change(tx, account_id, {"plan": plans.plan(plan).tier})


def suspend(tx: Connection, account_id: str, at: datetime | None) -> Account:
    """Suspend as of then, or with None lift it. Raises NotFound."""
    return change(tx, account_id, {"suspended_at": at})


def set_unlimited(tx: Connection, account_id: str, unlimited: bool, *, actor: str, now: datetime) -> Account:
    """Switch refusals off or on. A debt left when they come back on is forgiven by an adjustment, for all to see."""
    row = ledger.lock_account(tx, account_id)
    if not unlimited and row.available < 0:
        ref = f"unlimited-off:{new_id('adj', now)}"
        ledger.adjust(tx, account_id, -row.available, ref=ref, actor=actor, reason="Unlimited ended", now=now)
    return change(tx, account_id, {"unlimited": unlimited})


def rotate_webhook_secret(tx: Connection, account_id: str) -> str:
    """A new secret for callbacks, at once and without grace. Raises NotFound."""
    secret = new_webhook_secret()
    change(tx, account_id, {"webhook_secret": seal(tx, secret)})
    return secret


def change(tx: Connection, account_id: str, values: dict[str, Any]) -> Account:
    """Update one account; its caller, who knows who asked, writes the audit log."""
    if tx.execute(update(accounts).where(accounts.c.id == account_id).values(values)).rowcount == 0:
        raise NotFound("There is no such account.")
    return get_account(tx, account_id)


def usage(tx: Connection, account_id: str, now: datetime) -> Usage:
    """What this month took and what is left, plan credits first. Raises NotFound."""
    start, end = period_of(now)
    available = max(0, ledger.balance(tx, account_id).available)
    plan_left = min(available, max(0, plan_credits_left(tx, account_id, start)))
    return Usage(
        used_this_period=max(0, used(tx, account_id, ledger_entries.c.created_at >= start)),
        period_start=start,
        period_end=end,
        plan_remaining=plan_left,
        payg_remaining=available - plan_left,
    )


def period_of(now: datetime) -> tuple[datetime, datetime]:
    """The calendar month of `now` in UTC: [start, end)."""
    start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    later = start.replace(year=start.year + 1, month=1) if start.month == 12 else start.replace(month=start.month + 1)
    return start, later


def plan_credits_left(tx: Connection, account_id: str, start: datetime) -> int:
    """This period's plan grants less what was used since the first of them; plan credits do not roll over."""
    entry = ledger_entries.c
    granted, first = tx.execute(
        select(func.sum(entry.amount), func.min(entry.seq)).where(
            entry.account_id == account_id,
            entry.kind == str(EntryKind.GRANT),
            entry.ref.startswith(PLAN_GRANT, autoescape=True),
            entry.created_at >= start,
        )
    ).one()
    if granted is None:
        return 0
    return min(int(granted), int(granted) - used(tx, account_id, entry.seq > first))


def used(tx: Connection, account_id: str, since: Any) -> int:
    """Σ holds − releases − refunds among the account's entries that satisfy `since`."""
    entry = ledger_entries.c
    came_back = entry.kind.in_([str(EntryKind.RELEASE), str(EntryKind.REFUND)])
    signed = case((entry.kind == str(EntryKind.HOLD), entry.amount), (came_back, -entry.amount), else_=0)
    return int(tx.scalar(select(func.sum(signed)).where(and_(entry.account_id == account_id, since))) or 0)
