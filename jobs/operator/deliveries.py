"""Verbs about webhook deliveries: an account's log, callbacks without an endpoint included, and sending one again.

Never shows a body or a secret, and sends nothing itself: a resent delivery is due at once for the delivery process.
"""

from argparse import ArgumentTypeError, Namespace, _SubParsersAction
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from jobs.operator.words import ACTOR, Answer
from jobs.tools import Tools
from storage.model import Delivery
from storage.records import accounts, audit, outbox

STATES = (outbox.PENDING, outbox.DELIVERED, outbox.FAILED)
COLUMNS = ("id", "event", "state", "attempts", "last_status", "last_error", "endpoint_id", "batch_id", "url",
           "created_at", "next_at")  # fmt: skip


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """deliveries list ACCOUNT [--state] | resend DELIVERY | replay ACCOUNT ENDPOINT --since TIME."""
    verbs = nouns.add_parser("deliveries", help="webhooks sent").add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list")
    listing.add_argument("account")
    listing.add_argument("--state", choices=STATES)
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=list_sent)
    again = verbs.add_parser("resend")
    again.add_argument("delivery")
    again.set_defaults(run=resend)
    missed = verbs.add_parser("replay", help="what a receiver has not got since a time, once more")
    missed.add_argument("account")
    missed.add_argument("endpoint")
    missed.add_argument("--since", type=moment_of, required=True, help="2026-11-22T00:00:00Z")
    missed.set_defaults(run=replay)


def moment_of(text: str) -> datetime:
    """An aware moment; ArgumentTypeError otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise ArgumentTypeError(f"{text!r} is no time like 2026-11-22T00:00:00Z") from fault
    if found.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} names no zone; put a Z behind it for UTC")
    return found


def list_sent(tools: Tools, words: Namespace) -> Answer:
    """Newest first, each with how its last attempt ended."""
    with tools.database.read() as tx:
        accounts.get_account(tx, words.account)
        found = outbox.list_deliveries(tx, words.account, state=words.state, limit=max(1, words.limit))
        return [row(tx, each) for each in found], COLUMNS


def resend(tools: Tools, words: Namespace) -> Answer:
    """Due now, whatever became of it: same id, same bytes. One that is being sent at this moment is left alone."""
    moment = tools.clock()
    with tools.database.write() as tx:
        owner = outbox.get_delivery(tx, words.delivery).account_id
        again = outbox.redeliver(tx, owner, words.delivery, moment)
        audit.write(tx, ACTOR, "deliveries resend", again.id, {"account": owner}, moment)
        return row(tx, again), ()


def replay(tools: Tools, words: Namespace) -> Answer:
    """What failed for good or waits is due now; what was delivered is not sent twice."""
    moment = tools.clock()
    with tools.database.write() as tx:
        count = outbox.replay_since(tx, words.account, words.endpoint, words.since, moment)
        detail = {"account": words.account, "since": words.since.isoformat(), "count": count}
        audit.write(tx, ACTOR, "deliveries replay", words.endpoint, detail, moment)
    return {"endpoint": words.endpoint, "due_again": count}, ()


def row(tx: Connection, delivery: Delivery) -> dict[str, Any]:
    attempts = outbox.attempts_of(tx, delivery.id)
    last = attempts[-1] if attempts else None
    facts = {name: getattr(delivery, name, None) for name in COLUMNS}
    return {**facts, "last_status": last and last.status, "last_error": last and last.error}
