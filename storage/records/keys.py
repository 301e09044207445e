"""API keys: made once, shown once, kept as a SHA-256 only. Each dialect has its own spelling. A presented key is found
by one indexed look-up; unknown keys cost the same work as known ones. Never stores or logs a key itself."""

import hashlib
import hmac
import secrets
import string
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from storage.errors import Invalid, NotFound, Unauthenticated
from storage.ids import new_id
from storage.model import Account, ApiKey, Dialect
from storage.records import audit
from storage.records.accounts import get_account
from storage.records.rows import account_of, key_of
from storage.records.tables import accounts, api_keys

ROLES = ("read", "write", "admin")
BASE62 = string.digits + string.ascii_letters
HINT_CHARACTERS = 4  # shown beyond the prefix
TOUCH_GRAIN = timedelta(minutes=1)
NO_DIGEST = "0" * 64
# (dialect, special) → prefix; special is a partner key for print, a test key for the others
PREFIXES = {
    (Dialect.PRINT, False): "pk_",
    (Dialect.PRINT, True): "ptr_",
    (Dialect.STUDIO, False): "sk_live_",
    (Dialect.STUDIO, True): "sk_test_",
    (Dialect.SHELF, False): "sf_live_",
    (Dialect.SHELF, True): "sf_test_",
}


def new_key(dialect: Dialect, *, special: bool = False) -> tuple[str, str]:
    """(key, hint): print 32 base62 characters (190 bits), studio 22 (131 bits), shelf 64 hexadecimal (256 bits)."""
    prefix = PREFIXES[dialect, special]
    if dialect == Dialect.SHELF:
        body = secrets.token_hex(32)
    else:
        body = "".join(secrets.choice(BASE62) for _ in range(32 if dialect == Dialect.PRINT else 22))
    return prefix + body, prefix + body[:HINT_CHARACTERS]


def digest_of(presented: str) -> str:
    """SHA-256 in hexadecimal; enough without salt or stretching, because keys are random and long."""
    return hashlib.sha256(presented.encode("utf-8", "surrogatepass")).hexdigest()


def create_key(
    tx: Connection,
    account_id: str,
    dialect: Dialect,
    *,
    role: str = "admin",
    name: str,
    now: datetime,
    test: bool = False,
    partner: bool = False,
    expires_at: datetime | None = None,
    actor: str = "system",
) -> tuple[ApiKey, str]:
    """A new key; the str is the only time it can be seen. Partner keys are of print; its test keys look like others.

    Raises Invalid for an unknown role, NotFound for an unknown account.
    """
    if role not in ROLES:
        raise Invalid(f"There is no role '{role}'.", field="role", reason="not_allowed")
    get_account(tx, account_id)
    dialect = Dialect(dialect)
    presented, hint = new_key(dialect, special=partner if dialect == Dialect.PRINT else test)
    values = {
        "id": new_id("key", now),
        "account_id": account_id,
        "dialect": str(dialect),
        "role": role,
        "name": name,
        "hint": hint,
        "digest": digest_of(presented),
        "test": test,
        "created_at": now,
        "expires_at": expires_at,
    }
    row = tx.execute(insert(api_keys).values(values).returning(api_keys)).one()
    audit.write(tx, actor, "key.create", row.id, {"account": account_id, "role": role, "hint": hint}, now)
    return key_of(row), presented


def find_key(tx: Connection, presented: str, now: datetime) -> tuple[ApiKey, Account]:
    """Whose key this is. Raises Unauthenticated("invalid_key") when unknown or revoked, ("key_expired") when expired.

    A suspended account is found too: `suspended_at` tells, and the answer is the caller's.
    """
    digest = digest_of(presented)
    row = tx.execute(select(api_keys).where(api_keys.c.digest == digest)).one_or_none()
    matches = hmac.compare_digest(row.digest if row is not None else NO_DIGEST, digest)
    owner_id = row.account_id if row is not None else ""
    owner = tx.execute(select(accounts).where(accounts.c.id == owner_id)).one_or_none()
    if row is None or owner is None or not matches or row.revoked_at is not None:
        raise Unauthenticated("The API key is not valid.", code="invalid_key")
    if row.expires_at is not None and row.expires_at <= now:
        raise Unauthenticated("The API key has expired.", code="key_expired")
    return key_of(row), account_of(tx, owner)


def list_keys(tx: Connection, account_id: str) -> list[ApiKey]:
    """All keys of the account, revoked ones too, newest first."""
    query = select(api_keys).where(api_keys.c.account_id == account_id).order_by(api_keys.c.id.desc())
    return [key_of(row) for row in tx.execute(query)]


def revoke_key(tx: Connection, account_id: str, key_id: str, now: datetime, *, actor: str = "system") -> None:
    """Revoke at once; again is a no-op. Raises NotFound."""
    columns = api_keys.c
    mine = (columns.id == key_id, columns.account_id == account_id)
    if tx.scalar(select(columns.id).where(*mine)) is None:
        raise NotFound("There is no such key.")
    if tx.execute(update(api_keys).where(*mine, columns.revoked_at.is_(None)).values(revoked_at=now)).rowcount:
        audit.write(tx, actor, "key.revoke", key_id, {"account": account_id}, now)


def touch_key(tx: Connection, key_id: str, now: datetime) -> None:
    """Note that the key was used, to the minute: nothing is written while the last note is fresher."""
    columns = api_keys.c
    stale = or_(columns.last_used_at.is_(None), columns.last_used_at <= now - TOUCH_GRAIN)
    tx.execute(update(api_keys).where(columns.id == key_id, stale).values(last_used_at=now))
