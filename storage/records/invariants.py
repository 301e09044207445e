"""What must be true of the money at every commit, asked of the database as a whole. Reads only, repairs nothing.

Checked here (reliability R42): cached balances are the sums of the entries; nothing is below zero; a hold equals what
its batch has open, an open batch has open the price of its unfinished images and its batch part; a final batch has
nothing open and was charged the price of what succeeded, no more and no less; nothing is both captured and released;
refunds stay below charges; counters agree with the images. Ask in one snapshot, or work that goes on looks wrong.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, case, func, select

from storage.model import FINAL_BATCH_STATES, FINAL_IMAGE_STATES, EntryKind, ImageState, Quote
from storage.records.prices import batch_price
from storage.records.tables import accounts, batches, images, ledger_entries

# kind: how one credit moves (available, held, spent, granted); each row keeps available + held + spent = granted
MOVES: dict[EntryKind, tuple[int, int, int, int]] = {
    EntryKind.GRANT: (1, 0, 0, 1),
    EntryKind.ADJUST: (1, 0, 0, 1),
    EntryKind.HOLD: (-1, 1, 0, 0),
    EntryKind.CAPTURE: (0, -1, 1, 0),
    EntryKind.RELEASE: (1, -1, 0, 0),
    EntryKind.REFUND: (1, 0, -1, 0),
}
Sums = dict[str, dict[str, int]]  # owner: kind: amount


def verify(tx: Connection) -> list[str]:
    """Every violation as one line that names the account or batch; empty means clean."""
    return [*check_accounts(tx), *check_batches(tx), *check_resolutions(tx)]


def sums(tx: Connection, column: Any) -> Sums:
    """Σ amount by owner and kind."""
    entry = ledger_entries.c
    rows = tx.execute(select(column, entry.kind, func.sum(entry.amount)).group_by(column, entry.kind))
    found: Sums = {}
    for owner, kind, amount in rows:
        found.setdefault(owner, {})[kind] = int(amount)
    return found


def check_accounts(tx: Connection) -> Iterator[str]:
    """Cached balances against the entries, and against what the batches have open."""
    by_account = sums(tx, ledger_entries.c.account_id)
    query = select(batches.c.account_id, func.sum(batches.c.credits_open)).group_by(batches.c.account_id)
    open_credits = {owner: int(amount) for owner, amount in tx.execute(query)}
    for row in tx.execute(select(accounts)):
        kinds = by_account.get(row.id, {})
        cached = (row.available, row.held, row.spent, row.granted)
        summed = tuple(sum(MOVES[EntryKind(kind)][place] * n for kind, n in kinds.items()) for place in range(4))
        if cached != summed:
            yield f"account {row.id}: balance {cached} (available, held, spent, granted), entries sum to {summed}"
        if row.available < 0 and not row.unlimited:
            yield f"account {row.id}: available is {row.available}"
        if row.held < 0:
            yield f"account {row.id}: held is {row.held}"
        if row.held != open_credits.get(row.id, 0):
            yield f"account {row.id}: holds {row.held}, its batches have {open_credits.get(row.id, 0)} open"


def image_sums(tx: Connection) -> dict[str, Any]:
    """Per batch: how many images are in each group of states and what those prices add up to."""
    state, price = images.c.state, images.c.price
    unfinished = state.not_in([str(each) for each in FINAL_IMAGE_STATES])
    query = select(
        images.c.batch_id,
        func.sum(case((unfinished, 1), else_=0)).label("pending"),
        *(func.sum(case((state == str(each), 1), else_=0)).label(str(each)) for each in FINAL_IMAGE_STATES),
        func.sum(case((unfinished, price), else_=0)).label("open_price"),
        func.sum(case((state == str(ImageState.SUCCEEDED), price), else_=0)).label("earned"),
    ).group_by(images.c.batch_id)
    return {row.batch_id: row for row in tx.execute(query)}


def check_batches(tx: Connection) -> Iterator[str]:
    """Each batch against its entries and its images."""
    by_batch, by_images = sums(tx, ledger_entries.c.batch_id), image_sums(tx)
    for row in tx.execute(select(batches)):
        counted, kinds = by_images.get(row.id), by_batch.get(row.id, {})
        if counted is None:
            yield f"batch {row.id}: has no images"
            continue
        counters = (row.pending, row.succeeded, row.failed, row.cancelled)
        found = (counted.pending, counted.succeeded, counted.failed, counted.cancelled)
        if counters != tuple(int(each) for each in found):
            yield f"batch {row.id}: counters {counters}, images {found} (pending, succeeded, failed, cancelled)"
        yield from check_money(row, kinds, int(counted.open_price), int(counted.earned))


def check_money(row: Any, kinds: dict[str, int], open_price: int, earned: int) -> Iterator[str]:
    """One batch's hold, open part and charge."""
    held, captured = kinds.get(EntryKind.HOLD, 0), kinds.get(EntryKind.CAPTURE, 0)
    released, refunded = kinds.get(EntryKind.RELEASE, 0), kinds.get(EntryKind.REFUND, 0)
    final = row.state in [str(each) for each in FINAL_BATCH_STATES]
    batch_part = row.quote["per_batch"] if row.charge and not final else 0
    if held != row.credits_held:
        yield f"batch {row.id}: held {row.credits_held} at submit, entries say {held}"
    if held - captured - released != row.credits_open:
        yield f"batch {row.id}: {row.credits_open} open, entries leave {held - captured - released}"
    if row.credits_open != open_price + batch_part:
        yield f"batch {row.id}: {row.credits_open} open, unfinished work is worth {open_price + batch_part}"
    if captured != row.credits_charged:
        yield f"batch {row.id}: charged {row.credits_charged}, entries say {captured}"
    due = earned
    if final and row.charge:
        quote = Quote(**row.quote)
        due += min(quote.per_batch, batch_price(quote, row.succeeded))
    if captured != due:
        yield f"batch {row.id}: captured {captured}, what succeeded costs {due}"
    if refunded > captured:
        yield f"batch {row.id}: refunded {refunded} of {captured}"


def check_resolutions(tx: Connection) -> Iterator[str]:
    """Nothing is both captured and released."""
    entry, other = ledger_entries.alias(), ledger_entries.alias()
    query = select(entry.c.account_id, entry.c.ref).join(
        other,
        and_(
            other.c.account_id == entry.c.account_id,
            other.c.ref == entry.c.ref,
            other.c.kind == str(EntryKind.RELEASE),
        ),
    )
    for account_id, ref in tx.execute(query.where(entry.c.kind == str(EntryKind.CAPTURE))):
        yield f"account {account_id}: {ref} was captured and released"
