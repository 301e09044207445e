"""Credits: an append-only ledger and the balances it sums to. Every change locks the account's row, writes its
entries and moves the cached balance in the caller's one transaction.

An entry is named by (account, kind, ref): posting it again is a no-op that gives the first one back. A hold is named
by its batch, a capture or release by what it pays for (an image, or the batch part), and either excludes the other.
Never an UPDATE or DELETE of an entry; triggers refuse them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from storage.errors import Conflict, InsufficientCredits, Invalid, NotFound
from storage.ids import new_id
from storage.model import Balance, EntryKind, LedgerEntry
from storage.records.invariants import MOVES, verify
from storage.records.rows import AnyRow, entry_of
from storage.records.tables import accounts, ledger_entries

SYSTEM = "system"
RESOLUTIONS = (EntryKind.CAPTURE, EntryKind.RELEASE)


@dataclass(frozen=True)
class Posting:
    """One entry to write. `amount` is positive, but for an adjustment, which may take away."""

    kind: EntryKind
    amount: int
    ref: str
    batch_id: str | None = None
    actor: str = SYSTEM
    reason: str = ""


def grant(
    tx: Connection, account_id: str, amount: int, *, ref: str, actor: str, reason: str, now: datetime
) -> LedgerEntry:
    """Give credits. A ref that starts with "plan:" makes them plan credits, used up before any other."""
    return post(tx, account_id, [Posting(EntryKind.GRANT, amount, ref, None, actor, reason)], now)[0]


def adjust(
    tx: Connection, account_id: str, amount: int, *, ref: str, actor: str, reason: str, now: datetime
) -> LedgerEntry:
    """Correct by hand, up or down. Raises Invalid when that would leave less than nothing."""
    return post(tx, account_id, [Posting(EntryKind.ADJUST, amount, ref, None, actor, reason)], now)[0]


def hold(tx: Connection, account_id: str, amount: int, *, batch_id: str, now: datetime) -> LedgerEntry | None:
    """Set the whole price of a batch aside, or raise InsufficientCredits with nothing written. None for 0 credits."""
    if amount == 0:
        return None
    return post(tx, account_id, [Posting(EntryKind.HOLD, amount, batch_id, batch_id)], now)[0]


def capture(
    tx: Connection, account_id: str, amount: int, *, batch_id: str, ref: str, now: datetime
) -> LedgerEntry | None:
    """Turn held credits into spent ones. Raises Conflict when `ref` was released before. None for 0 credits."""
    if amount == 0:
        return None
    return post(tx, account_id, [Posting(EntryKind.CAPTURE, amount, ref, batch_id)], now)[0]


def release(
    tx: Connection, account_id: str, amount: int, *, batch_id: str, ref: str, now: datetime
) -> LedgerEntry | None:
    """Give held credits back. Raises Conflict when `ref` was captured before. None for 0 credits."""
    if amount == 0:
        return None
    return post(tx, account_id, [Posting(EntryKind.RELEASE, amount, ref, batch_id)], now)[0]


def refund(
    tx: Connection, account_id: str, amount: int, *, batch_id: str, ref: str, actor: str, reason: str, now: datetime
) -> LedgerEntry:
    """Give spent credits back. Raises Invalid("refund_exceeds_charge") beyond what the batch was charged."""
    lock_account(tx, account_id)
    known = find_entries(tx, account_id, [ref]).get((EntryKind.REFUND, ref))
    if known is not None:
        return known
    sums = sums_by_kind(tx, account_id, batch_id)
    left = sums.get(EntryKind.CAPTURE, 0) - sums.get(EntryKind.REFUND, 0)
    if amount > left:
        details = {"charged": left, "requested": amount}
        raise Invalid(f"Only {left} credits can be refunded.", code="refund_exceeds_charge", details=details)
    return post(tx, account_id, [Posting(EntryKind.REFUND, amount, ref, batch_id, actor, reason)], now)[0]


def post(tx: Connection, account_id: str, postings: Sequence[Posting], now: datetime) -> list[LedgerEntry]:
    """Write entries in order under the account's lock; those known already are given back as they were."""
    account = lock_account(tx, account_id)
    balance = Balance(account.available, account.held, account.spent, account.granted)
    known = find_entries(tx, account_id, [posting.ref for posting in postings])
    entries, fresh = [], []
    for posting in postings:
        entry = known.get((posting.kind, posting.ref))
        if entry is None:
            check(posting, balance, known, unlimited=account.unlimited)
            balance = moved(balance, posting)
            entry = compose(account_id, posting, balance, now)
            known[posting.kind, posting.ref] = entry
            fresh.append(entry)
        entries.append(entry)
    if fresh:
        tx.execute(insert(ledger_entries), [{**vars(entry), "kind": str(entry.kind)} for entry in fresh])
        tx.execute(update(accounts).where(accounts.c.id == account_id).values(vars(balance)))
    return entries


def check(
    posting: Posting, balance: Balance, known: dict[tuple[EntryKind, str], LedgerEntry], *, unlimited: bool
) -> None:
    """Refuse what the rules of the ledger forbid."""
    if posting.amount == 0 or (posting.amount < 0 and posting.kind != EntryKind.ADJUST):
        raise Invalid("The amount must be a positive number of credits.", field="amount")
    if posting.kind == EntryKind.HOLD and not unlimited and balance.available < posting.amount:
        raise InsufficientCredits(required=posting.amount, available=balance.available)
    if posting.kind == EntryKind.ADJUST and not unlimited and balance.available + posting.amount < 0:
        raise Invalid(f"Only {balance.available} credits are available.", field="amount")
    if posting.kind in RESOLUTIONS:
        if any((other, posting.ref) in known for other in RESOLUTIONS):
            raise Conflict("This part of the hold was resolved before.", code="already_resolved")
        if balance.held < posting.amount:
            raise Conflict("There is no hold of that size.", code="not_held")


def moved(balance: Balance, posting: Posting) -> Balance:
    available, held, spent, granted = (sign * posting.amount for sign in MOVES[posting.kind])
    return Balance(balance.available + available, balance.held + held, balance.spent + spent, balance.granted + granted)


def compose(account_id: str, posting: Posting, after: Balance, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        id=new_id("led", now),
        account_id=account_id,
        created_at=now,
        available_after=after.available,
        held_after=after.held,
        **vars(posting),
    )


def lock_account(tx: Connection, account_id: str) -> AnyRow:
    """The account's row, locked until the end of the transaction (SQLite: the writer is alone anyway).

    FOR NO KEY UPDATE is enough to serialise balances and lets other transactions insert rows that refer to it.
    """
    row = tx.execute(select(accounts).where(accounts.c.id == account_id).with_for_update(key_share=True)).one_or_none()
    if row is None:
        raise NotFound("There is no such account.")
    return row


def find_entries(tx: Connection, account_id: str, refs: Iterable[str]) -> dict[tuple[EntryKind, str], LedgerEntry]:
    columns = ledger_entries.c
    rows = tx.execute(select(ledger_entries).where(columns.account_id == account_id, columns.ref.in_(list(refs))))
    return {(EntryKind(row.kind), row.ref): entry_of(row) for row in rows}


def sums_by_kind(tx: Connection, account_id: str, batch_id: str) -> dict[EntryKind, int]:
    columns = ledger_entries.c
    query = (
        select(columns.kind, func.sum(columns.amount))
        .where(columns.account_id == account_id, columns.batch_id == batch_id)
        .group_by(columns.kind)
    )
    return {EntryKind(kind): int(amount) for kind, amount in tx.execute(query)}


def balance(tx: Connection, account_id: str) -> Balance:
    """The balance as of now: available + held + spent = granted. Raises NotFound."""
    columns = accounts.c
    query = select(columns.available, columns.held, columns.spent, columns.granted).where(columns.id == account_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such account.")
    return Balance(*row)


def entries(tx: Connection, account_id: str, *, after: str | None, limit: int) -> list[LedgerEntry]:
    """The account's entries, newest first, those before entry `after`. Raises NotFound for an unknown `after`."""
    columns = ledger_entries.c
    query = select(ledger_entries).where(columns.account_id == account_id)
    if after is not None:
        seq = tx.scalar(select(columns.seq).where(columns.account_id == account_id, columns.id == after))
        if seq is None:
            raise NotFound("There is no such entry.")
        query = query.where(columns.seq < seq)
    return [entry_of(row) for row in tx.execute(query.order_by(columns.seq.desc()).limit(limit))]


__all__ = [
    "Posting",
    "adjust",
    "balance",
    "capture",
    "entries",
    "grant",
    "hold",
    "lock_account",
    "post",
    "refund",
    "release",
    "verify",
]
