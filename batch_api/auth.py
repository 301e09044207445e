"""From a presented credential to an account. Keys are looked up on every request, so a revoked one fails at once;
never reads a key from the address or the body, and never tells unknown, revoked and malformed keys apart."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from flask import Request

from jobs.tools import Tools
from storage.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from storage.model import Account, ApiKey, Dialect
from storage.records import accounts, keys

log = logging.getLogger(__name__)

ROLES = ("read", "write", "admin")
TOUCH_GRAIN = timedelta(minutes=1)
LONGEST_CREDENTIAL = 4096


@dataclass(frozen=True)
class Caller:
    """Who calls. `key` is None for a dashboard session (JWT), which has the admin role."""

    account: Account
    role: str
    key: ApiKey | None = None

    @property
    def test(self) -> bool:
        """A test key: the same work, no charge."""
        return self.key is not None and self.key.test

    @property
    def actor(self) -> str:
        """The name under which the audit log files what this caller does."""
        return f"key:{self.key.id}" if self.key else f"session:{self.account.id}"

    def require(self, role: str) -> None:
        """Forbidden unless the caller has at least this role."""
        if ROLES.index(self.role) < ROLES.index(role):
            raise Forbidden(f"This needs a key with the role '{role}'; yours has '{self.role}'.")


def bearer(request: Request) -> str:
    """The credential of `Authorization: Bearer …`; Unauthenticated(missing_credentials) without one."""
    scheme, _, credential = request.headers.get("Authorization", "").strip().partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential:
        hint = " Keys are accepted in the header only." if "api_key" in request.args or "key" in request.args else ""
        raise Unauthenticated(f"Send your key as 'Authorization: Bearer <key>'.{hint}")
    return credential


def by_key(tools: Tools, presented: str, dialects: tuple[Dialect, ...]) -> Caller:
    """The caller of an API key of one of these dialects. Unauthenticated (invalid_key, key_expired), Forbidden
    (account_suspended)."""
    now = tools.clock()
    if len(presented) > LONGEST_CREDENTIAL or not presented.isascii():
        raise Unauthenticated("The API key is not valid.", code="invalid_key")
    with tools.database.read() as tx:
        key, account = keys.find_key(tx, presented, now)
    if key.dialect not in dialects:
        raise Unauthenticated("The API key is not valid.", code="invalid_key")
    refuse_suspended(account)
    touch(tools, key, now)
    return Caller(account, key.role, key)


def by_session(tools: Tools, token: str) -> Caller:
    """The caller of an HS256 dashboard token: `sub` is the account, `exp` is required."""
    if len(token) > LONGEST_CREDENTIAL:
        raise Unauthenticated("The API key is not valid.", code="invalid_key")
    try:
        claims = jwt.decode(
            token, tools.settings.jwt_secret, algorithms=["HS256"], options={"require": ["exp", "sub"]}, leeway=5
        )
        with tools.database.read() as tx:
            account = accounts.get_account(tx, known_form(str(claims["sub"])))
    except jwt.ExpiredSignatureError as fault:
        raise Unauthenticated("The session token has expired.", code="key_expired") from fault
    except (jwt.InvalidTokenError, NotFound) as fault:
        raise Unauthenticated("The API key is not valid.", code="invalid_key") from fault
    refuse_suspended(account)
    return Caller(account, "admin")


def known_form(subject: str) -> str:
    """The same text; NotFound for one that no account's id looks like and some databases cannot be asked about."""
    if not subject.isascii() or not subject.isprintable():
        raise NotFound()
    return subject


def refuse_suspended(account: Account) -> None:
    if account.suspended_at is not None:
        raise Forbidden("This account is suspended.", code="account_suspended")


def touch(tools: Tools, key: ApiKey, now: datetime) -> None:
    """Note the use of a key, to the minute; most requests write nothing."""
    if key.last_used_at is not None and now - key.last_used_at < TOUCH_GRAIN:
        return
    try:
        with tools.database.write(patient=False) as tx:
            keys.touch_key(tx, key.id, now)
    except Unavailable as busy:  # a note about the last use is not worth refusing a request for
        log.info(
            "the use of a key was not noted", extra={"event": "key.use_not_noted", "key_id": key.id, "cause": busy.code}
        )
