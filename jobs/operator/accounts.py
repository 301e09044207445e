"""Verbs about accounts, their plans, secrets and keys. A new key or secret is shown once. Never moves credits."""

from argparse import Namespace, _SubParsersAction
from typing import Any

from jobs.operator import upkeep
from jobs.operator.words import ACTOR, Answer
from jobs.tools import Tools
from storage.errors import Invalid
from storage.model import Dialect
from storage.records import accounts, audit, keys, ledger
from storage.records.plans import PLANS

ACCOUNT_COLUMNS = ("id", "name", "merchant_id", "plan", "created_at", "suspended_at")
KEY_COLUMNS = ("id", "dialect", "role", "name", "hint", "created_at", "last_used_at", "revoked_at")


def add_verbs(nouns: "_SubParsersAction[Any]") -> None:
    """accounts list|create|show|plan|unlimited|rotate-secret|suspend|resume|delete, keys list|create|revoke."""
    verbs = nouns.add_parser("accounts", help="who may use the service").add_subparsers(dest="verb", required=True)
    verbs.add_parser("list").set_defaults(run=list_accounts)
    create = verbs.add_parser("create")
    create.add_argument("name")
    create.add_argument("--plan", default="free", choices=sorted(PLANS))
    create.add_argument("--credits", type=int, default=75)
    create.set_defaults(run=create_account)
    for verb, run in (("show", show_account), ("suspend", suspend), ("resume", resume), ("rotate-secret", rotate)):
        parser = verbs.add_parser(verb)
        parser.add_argument("account")
        parser.set_defaults(run=run)
    plan = verbs.add_parser("plan")
    plan.add_argument("account")
    plan.add_argument("tier", choices=sorted(PLANS))
    plan.set_defaults(run=set_plan)
    unlimited = verbs.add_parser("unlimited", help="credits are recorded but never refused")
    unlimited.add_argument("account")
    unlimited.add_argument("switch", choices=("on", "off"))
    unlimited.set_defaults(run=set_unlimited)
    upkeep.add_erasure(verbs)
    add_key_verbs(nouns)


def add_key_verbs(nouns: "_SubParsersAction[Any]") -> None:
    verbs = nouns.add_parser("keys", help="API keys").add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list")
    listing.add_argument("account")
    listing.set_defaults(run=list_keys)
    create = verbs.add_parser("create")
    create.add_argument("account")
    create.add_argument("dialect", choices=[dialect.value for dialect in Dialect])
    create.add_argument("--role", default="admin", choices=("read", "write", "admin"))
    create.add_argument("--name", default="key")
    create.add_argument("--test", action="store_true", help="a key that never charges")
    create.add_argument("--partner", action="store_true", help="a partner's key (ptr_), of print only")
    create.set_defaults(run=create_key)
    revoke = verbs.add_parser("revoke")
    revoke.add_argument("account")
    revoke.add_argument("key")
    revoke.set_defaults(run=revoke_key)


def list_accounts(tools: Tools, words: Namespace) -> Answer:
    with tools.database.read() as tx:
        return accounts.list_accounts(tx), ACCOUNT_COLUMNS


def create_account(tools: Tools, words: Namespace) -> Answer:
    moment = tools.clock()
    with tools.database.write() as tx:
        made = accounts.create_account(
            tx, name=words.name, plan=words.plan, credits=words.credits, actor=ACTOR, now=moment
        )
    return {"id": made.id, "merchant_id": made.merchant_id, "webhook_signing_secret": made.webhook_secret}, ()


def show_account(tools: Tools, words: Namespace) -> Answer:
    with tools.database.read() as tx:
        account = accounts.get_account(tx, words.account)
        return {"account": account, "balance": ledger.balance(tx, account.id)}, ()


def set_plan(tools: Tools, words: Namespace) -> Answer:
    with tools.database.write() as tx:
        accounts.set_plan(tx, words.account, words.tier)
        audit.write(tx, ACTOR, "accounts plan", words.account, {"plan": words.tier}, tools.clock())
    return show_account(tools, words)


def set_unlimited(tools: Tools, words: Namespace) -> Answer:
    """Off forgives a debt by an adjustment that the ledger shows."""
    moment, on = tools.clock(), words.switch == "on"
    with tools.database.write() as tx:
        accounts.set_unlimited(tx, words.account, on, actor=ACTOR, now=moment)
        audit.write(tx, ACTOR, "accounts unlimited", words.account, {"unlimited": on}, moment)
    return show_account(tools, words)


def rotate(tools: Tools, words: Namespace) -> Answer:
    """A new secret for callbacks; the old one signs nothing from now on."""
    with tools.database.write() as tx:
        secret = accounts.rotate_webhook_secret(tx, words.account)
        audit.write(tx, ACTOR, "accounts rotate-secret", words.account, {}, tools.clock())
    return {"id": words.account, "webhook_signing_secret": secret, "note": "shown once; receivers must change now"}, ()


def suspend(tools: Tools, words: Namespace) -> Answer:
    return change_suspension(tools, words, suspended=True)


def resume(tools: Tools, words: Namespace) -> Answer:
    return change_suspension(tools, words, suspended=False)


def change_suspension(tools: Tools, words: Namespace, *, suspended: bool) -> Answer:
    moment = tools.clock()
    with tools.database.write() as tx:
        accounts.suspend(tx, words.account, moment if suspended else None)
        audit.write(tx, ACTOR, "accounts suspend" if suspended else "accounts resume", words.account, {}, moment)
    return show_account(tools, words)


def list_keys(tools: Tools, words: Namespace) -> Answer:
    with tools.database.read() as tx:
        return keys.list_keys(tx, words.account), KEY_COLUMNS


def create_key(tools: Tools, words: Namespace) -> Answer:
    if words.partner and words.dialect != Dialect.PRINT:
        raise Invalid("Only print has partner keys.", field="partner", reason="not_allowed")
    moment = tools.clock()
    with tools.database.write() as tx:
        accounts.get_account(tx, words.account)
        made, shown = keys.create_key(
            tx,
            words.account,
            Dialect(words.dialect),
            role=words.role,
            name=words.name,
            now=moment,
            test=words.test,
            partner=words.partner,
            actor=ACTOR,
        )
    return {"id": made.id, "key": shown, "note": "shown once; only its hash is kept"}, ()


def revoke_key(tools: Tools, words: Namespace) -> Answer:
    moment = tools.clock()
    with tools.database.write() as tx:
        keys.revoke_key(tx, words.account, words.key, moment, actor=ACTOR)
    return {"revoked": words.key}, ()
