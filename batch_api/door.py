"""What a dialect hands in to be served: its blueprints, its paths, and how it knows callers, counts them and words
errors. Never holds state and never handles a request itself; `batch_api/__init__.py` says how the parts are used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import Schema

from batch_api.auth import Caller
from batch_api.idempotency import Policy
from batch_api.limits import Bucket
from storage.errors import ServiceError
from storage.model import Dialect


@dataclass(frozen=True)
class ErrorReply:
    """An error on the wire. `headers` come on top of Retry-After and WWW-Authenticate, which every dialect gets."""

    status: int
    body: Mapping[str, Any]
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """One dialect's entrance.

    `owns(path)` decides whose words an error on that path uses, also where no route matches. `authenticate` raises
    Unauthenticated or Forbidden and runs before a byte of the body is read. `buckets` are all counted once.
    """

    dialect: Dialect
    blueprints: tuple[Blueprint, ...]
    owns: Callable[[str], bool]
    authenticate: Callable[[Request], Caller]
    buckets: Callable[[Request, Caller], tuple[Bucket, ...]]
    word_error: Callable[[ServiceError, str], ErrorReply]
    idempotency: Policy
    open_endpoints: frozenset[str] = frozenset()  # endpoint names served without a key
    components: Mapping[str, type[Schema]] = field(default_factory=dict)  # schemas that documented errors refer to
