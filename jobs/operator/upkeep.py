"""Verbs for the life of an installation: stop and open the intake, reconcile at once, erase an account, seal
secrets anew, read the audit log. Never deletes a ledger or an audit row."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from jobs.erasure import erase_account
from jobs.operator import batches as batch_verbs
from jobs.operator.words import ACTOR, Answer
from jobs.sweep import Sweeper, sweep_once
from jobs.sweep_lock import sole_sweeper
from jobs.tools import Tools
from storage.errors import Conflict, Invalid
from storage.records import audit, erasure, image_lists, resealing, switches
from storage.sealing import SealBroken

RESEALED_AT_ONCE = 200
AUDIT_COLUMNS = ("at", "actor", "verb", "subject", "detail")


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """drain on|off|show, sweep once, audit list, secrets reseal."""
    verbs = nouns.add_parser("drain", help="take no new work").add_subparsers(dest="verb", required=True)
    on = verbs.add_parser("on", help="submissions get 503 with Retry-After; what was accepted goes on")
    on.add_argument("--reason", required=True)
    on.set_defaults(run=drain_on)
    verbs.add_parser("off").set_defaults(run=drain_off)
    verbs.add_parser("show", help="is it on, and how much is still open").set_defaults(run=drain_show)
    passes = nouns.add_parser("sweep", help="the reconciler").add_subparsers(dest="verb", required=True)
    passes.add_parser("once", help="compare records, queue and files now").set_defaults(run=sweep_now)
    secrets = nouns.add_parser("secrets", help="what is kept sealed").add_subparsers(dest="verb", required=True)
    secrets.add_parser("reseal", help="under the present SECRET_KEY, after a rotation").set_defaults(run=reseal_secrets)
    log = nouns.add_parser("audit", help="who did what").add_subparsers(dest="verb", required=True)
    listing = log.add_parser("list")
    listing.add_argument("--limit", type=int, default=50)
    listing.set_defaults(run=list_audit)


def add_erasure(verbs: "_SubParsersAction[Any]") -> None:
    """accounts delete ACCOUNT --yes."""
    parser = verbs.add_parser("delete", help="erase: files, keys, names, addresses; the ledger stays. No way back")
    parser.add_argument("account")
    parser.add_argument("--yes", action="store_true", help="needed, because there is no way back")
    parser.set_defaults(run=delete_account)


def drain_on(tools: Tools, words: Namespace) -> Answer:
    moment = tools.clock()
    with tools.database.write() as tx:
        if switches.turn_on(tx, switches.DRAINED, words.reason, moment):
            audit.write(tx, ACTOR, "drain on", "intake", {"reason": words.reason}, moment)
    return drain_show(tools, words)


def drain_off(tools: Tools, words: Namespace) -> Answer:
    with tools.database.write() as tx:
        if switches.turn_off(tx, switches.DRAINED):
            audit.write(tx, ACTOR, "drain off", "intake", {}, tools.clock())
    return drain_show(tools, words)


def drain_show(tools: Tools, words: Namespace) -> Answer:
    with tools.database.read() as tx:
        found, waiting = switches.find(tx, switches.DRAINED), image_lists.unfinished_count(tx)
    since, reason = (found.since, found.reason) if found else (None, None)
    return {"drained": found is not None, "since": since, "reason": reason, "open_images": waiting}, ()


def sweep_now(tools: Tools, words: Namespace) -> Answer:
    """Two passes: what the queue lacks counts as lost when it is missed twice. Conflict while another one is at it."""
    bell = batch_verbs.doorbell(tools)
    with sole_sweeper(tools) as alone:
        if not alone:
            raise Conflict("Another sweep is at work at this moment; try again.")
        sweeper = Sweeper(tools, bell)
        sweep_once(sweeper)
        sweep_once(sweeper)
    with tools.database.write() as tx:
        audit.write(tx, ACTOR, "sweep once", "installation", {}, tools.clock())
    return {"swept": True}, ()


def delete_account(tools: Tools, words: Namespace) -> Answer:
    """At once as far as nothing runs; the sweep does the rest. `erased` tells."""
    if not words.yes:
        raise Invalid("Nothing was done: --yes is needed, because an erased account does not come back.", field="yes")
    bell, moment = batch_verbs.doorbell(tools), tools.clock()
    with tools.database.write() as tx:
        erasure.request(tx, words.account, moment)
        audit.write(tx, ACTOR, "accounts delete", words.account, {}, moment)
    erased = erase_account(tools, bell, words.account)
    with tools.database.read() as tx:
        return {"account": words.account, "erased": erased, "open_batches": erasure.open_batches(tx, words.account)}, ()


def reseal_secrets(tools: Tools, words: Namespace) -> Answer:
    """In small transactions, beside everybody else's. Conflict when one was sealed by a key that is not known here."""
    done = 0
    try:
        while True:
            with tools.database.write() as tx:
                bite = resealing.reseal(tx, RESEALED_AT_ONCE)
            done += bite
            if bite < RESEALED_AT_ONCE:
                break
    except SealBroken as fault:
        raise Conflict("A secret was sealed by a key that is neither SECRET_KEY nor SECRET_KEY_PREVIOUS.") from fault
    with tools.database.write() as tx:
        if done:
            audit.write(tx, ACTOR, "secrets reseal", "installation", {"secrets": done}, tools.clock())
        return {"resealed": done, "left": resealing.outdated(tx)}, ()


def list_audit(tools: Tools, words: Namespace) -> Answer:
    with tools.database.read() as tx:
        return audit.entries(tx, max(1, words.limit)), AUDIT_COLUMNS
