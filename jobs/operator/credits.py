"""Verbs about credits: grants, a plan's monthly credits, refunds, corrections, and the ledger itself.

Each writes its entry and its audit row in one transaction. Never changes a balance past the ledger.
"""

from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from typing import Any

from jobs.operator.words import ACTOR, Answer
from jobs.tools import Tools
from storage.errors import Invalid
from storage.ids import new_id
from storage.model import EntryKind
from storage.records import accounts, audit, ledger, plans
from storage.records.batches import get_batch

ENTRY_COLUMNS = ("id", "kind", "amount", "ref", "available_after", "held_after", "actor", "reason", "created_at")


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """grant ACCOUNT AMOUNT|--plan-month, refund ACCOUNT BATCH AMOUNT, adjust ACCOUNT AMOUNT, ledger verify|show."""
    add_grant(nouns)
    back = nouns.add_parser("refund", help="give back what a batch was charged")
    back.add_argument("account")
    back.add_argument("batch")
    back.add_argument("amount", type=int)
    back.add_argument("--reason", required=True)
    back.set_defaults(run=refund)
    correct = nouns.add_parser("adjust", help="correct a balance; a negative amount takes away")
    correct.add_argument("account")
    correct.add_argument("amount", type=int)
    correct.add_argument("--reason", required=True)
    correct.set_defaults(run=adjust)
    verbs = nouns.add_parser("ledger", help="the money").add_subparsers(dest="verb", required=True)
    verbs.add_parser("verify").set_defaults(run=verify_ledger)
    entries = verbs.add_parser("show")
    entries.add_argument("account")
    entries.set_defaults(run=show_ledger)


def add_grant(nouns: "_SubParsersAction[Any]") -> None:
    parser = nouns.add_parser("grant", help="give credits")
    parser.add_argument("account")
    own = (parser.add_argument("amount", type=int), parser.add_argument("--reason", required=True))

    class PlanMonth(Action):
        """Stands for AMOUNT and --reason; an optional positional would not be found after an option."""

        def __call__(self, parser: ArgumentParser, found: Namespace, value: object, option: str | None = None) -> None:
            found.plan_month = True
            for each in own:
                each.required = False

    monthly = "the plan's credits of this calendar month (UTC), once"
    parser.add_argument("--plan-month", action=PlanMonth, nargs=0, default=False, help=monthly)
    parser.set_defaults(run=grant, wrong_words=parser.error)


def grant(tools: Tools, words: Namespace) -> Answer:
    if words.plan_month and words.amount is not None:
        words.wrong_words("--plan-month brings the plan's own amount; leave AMOUNT out")
    if words.plan_month:
        return grant_plan_month(tools, words)
    if words.amount <= 0:
        raise Invalid("The amount must be positive.", field="amount", reason="not positive")
    moment = tools.clock()
    with tools.database.write() as tx:
        ref = new_id("grant", moment)
        ledger.grant(tx, words.account, words.amount, ref=ref, actor=ACTOR, reason=words.reason, now=moment)
        audit.write(tx, ACTOR, "grant", words.account, {"amount": words.amount, "reason": words.reason}, moment)
    return shown(tools, words.account)


def grant_plan_month(tools: Tools, words: Namespace) -> Answer:
    """The month's credits of the account's plan; a second time in the same month changes nothing and succeeds."""
    moment = tools.clock()
    start, _ = accounts.period_of(moment)
    ref = f"{accounts.PLAN_GRANT}{start:%Y-%m}"
    with tools.database.write() as tx:
        ledger.lock_account(tx, words.account)
        before = ledger.find_entries(tx, words.account, [ref]).get((EntryKind.GRANT, ref))
        if before is None:
            tier = accounts.get_account(tx, words.account).plan
            reason = words.reason or f"Plan {tier}, {start:%Y-%m}"
            amount = plans.plan(tier).monthly_credits
            ledger.grant(tx, words.account, amount, ref=ref, actor=ACTOR, reason=reason, now=moment)
            detail = {"amount": amount, "reason": reason, "plan": tier, "ref": ref}
            audit.write(tx, ACTOR, "grant plan-month", words.account, detail, moment)
    granted = 0 if before is not None else amount
    return {"granted": granted, "ref": ref, **shown(tools, words.account)[0]}, ()


def refund(tools: Tools, words: Namespace) -> Answer:
    """Raises Invalid beyond what the batch was charged and not yet given back."""
    moment = tools.clock()
    with tools.database.write() as tx:
        accounts.get_account(tx, words.account)
        batch = get_batch(tx, words.batch, words.account)
        ref = new_id("refund", moment)
        ledger.refund(
            tx, words.account, words.amount, batch_id=batch.id, ref=ref, actor=ACTOR, reason=words.reason, now=moment
        )
        detail = {"batch": batch.id, "amount": words.amount, "reason": words.reason}
        audit.write(tx, ACTOR, "refund", words.account, detail, moment)
    return shown(tools, words.account)


def adjust(tools: Tools, words: Namespace) -> Answer:
    """Raises Invalid when less than nothing would be left (but for unlimited accounts)."""
    moment = tools.clock()
    with tools.database.write() as tx:
        ref = new_id("adj", moment)
        ledger.adjust(tx, words.account, words.amount, ref=ref, actor=ACTOR, reason=words.reason, now=moment)
        audit.write(tx, ACTOR, "adjust", words.account, {"amount": words.amount, "reason": words.reason}, moment)
    return shown(tools, words.account)


def shown(tools: Tools, account_id: str) -> Answer:
    with tools.database.read() as tx:
        account = accounts.get_account(tx, account_id)
        return {"account": account, "balance": ledger.balance(tx, account.id)}, ()


def verify_ledger(tools: Tools, words: Namespace) -> Answer:
    """Violations of the ledger's invariants; the command exits 1 when there is one."""
    with tools.database.read(snapshot=True) as tx:
        found = ledger.verify(tx)
    words.exit_code = 1 if found else 0
    return {"clean": not found, "violations": found}, ()


def show_ledger(tools: Tools, words: Namespace) -> Answer:
    with tools.database.read() as tx:
        return ledger.entries(tx, words.account, after=None, limit=50), ENTRY_COLUMNS
