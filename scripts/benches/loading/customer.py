"""One customer: submits an errand until it is accepted, polls until it is final, looks at what was made, writes down
how long each step took and everything that was wrong. Patient with a server that is away, with nothing else.
"""

import io
import random
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from PIL import Image as Pillow

from scripts.benches.loading.errands import Errand, error_codes, told

ASK_S = 90  # one request
ACCEPT_S = 180  # all tries of one submission
FINISH_S = 900
POLL_S = 0.5
AGAIN = (409, 429, 503)  # in progress, too fast, away: all say when to come again
SIGNED_PLACES = ("zip_url", "url", "output_url", "download_url")


@dataclass
class Visit:
    """What became of one errand. Times in seconds on the monotonic clock; `wrong` is empty when all is well."""

    errand: Errand
    number: int
    batch_id: str = ""
    began: float = 0.0
    answered_s: float = 0.0  # the request that was accepted
    accepted_s: float = 0.0  # from the first try on
    final_s: float = 0.0
    tries: Counter[str] = field(default_factory=Counter)
    state: Mapping[str, Any] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    called_off: bool = False
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Counterpart:
    """Where a customer goes: address, headers by dialect, and the receiver its callbacks lead to."""

    base: str
    headers: Mapping[str, Mapping[str, str]]
    hooks: str


def visit(there: Counterpart, errand: Errand, number: int, dice: random.Random) -> Visit:
    """The whole errand. Never raises for anything the service does."""
    found = Visit(errand, number, began=time.monotonic())
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update(there.headers[errand.dialect])
        if not submit(session, there, found):
            return found
        if errand.impatient and dice.random() < 0.5:
            call_off(session, there, found)
        if follow(session, there, found):
            inspect(session, there, found)
    return found


def patiently(
    session: requests.Session, found: Visit, method: str, url: str, seconds: float, **more: Any
) -> requests.Response | None:
    """The first reply that is an answer. What came before is counted; a 5xx that is no 503 is wrong."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        wait = POLL_S
        try:
            reply = session.request(method, url, timeout=ASK_S, **more)
        except requests.RequestException as fault:
            found.tries[type(fault).__name__] += 1
        else:
            if reply.status_code not in AGAIN:
                if reply.status_code >= 500:
                    found.wrong.append(f"{method} {urlsplit(url).path}: {reply.status_code} {reply.text[:200]}")
                return reply
            found.tries[str(reply.status_code)] += 1
            after = reply.headers.get("Retry-After", "")
            wait = min(5.0, float(after)) if after.isdigit() else wait
        time.sleep(wait)
    found.wrong.append(f"{method} {urlsplit(url).path}: no answer in {seconds:.0f} s, {dict(found.tries)}")
    return None


def submit(session: requests.Session, there: Counterpart, found: Visit) -> bool:
    errand = found.errand
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    asked = errand.request(f"{there.hooks}/hook/{found.number}")
    reply = patiently(session, found, "POST", there.base + errand.path, ACCEPT_S, headers=headers, **asked)
    if reply is None:
        return False
    found.accepted_s = time.monotonic() - found.began
    found.answered_s = reply.elapsed.total_seconds()
    if reply.status_code not in (200, 202):
        found.wrong.append(f"submission refused: {reply.status_code} {reply.text[:300]}")
        return False
    found.batch_id = errand.batch_id(reply.json())
    return True


def call_off(session: requests.Session, there: Counterpart, found: Visit) -> None:
    reply = patiently(session, found, "POST", f"{there.base}/v1/batch/{found.batch_id}/cancel", ACCEPT_S)
    found.called_off = reply is not None and reply.status_code in (200, 202)


def follow(session: requests.Session, there: Counterpart, found: Visit) -> bool:
    address = there.base + found.errand.read.format(found.batch_id)
    while time.monotonic() - found.began < FINISH_S:
        reply = patiently(session, found, "GET", address, ACCEPT_S)
        if reply is None or reply.status_code != 200:
            found.wrong.append(f"accepted, and reading says {reply.status_code if reply is not None else 'nothing'}")
            return False
        found.state = reply.json()
        if found.errand.is_final(found.state):
            found.final_s = time.monotonic() - found.began
            return True
        time.sleep(POLL_S)
    found.wrong.append(f"not final after {FINISH_S} s: {str(found.state)[:300]}")
    return False


def inspect(session: requests.Session, there: Counterpart, found: Visit) -> None:
    """The codes it ended with, and one finished file or the whole archive, opened."""
    found.codes = error_codes(found.state)
    if found.errand.spoiled and not found.called_off and not found.codes:
        found.wrong.append("a broken picture went through without a code")
    link = first_link(told(found.state))
    if link:
        reply = patiently(session, found, "GET", link, ACCEPT_S)
        if reply is not None:
            found.wrong += [f"{urlsplit(link).path}: {fault}" for fault in faults_of(reply)]


def first_link(state: Any) -> str:
    """The archive's link, or that of a finished file; empty when nothing was made or the dialect hands out none."""
    if isinstance(state, Mapping):
        for name in SIGNED_PLACES:
            if str(state.get(name) or "").startswith("http"):
                return str(state[name])
        state = list(state.values())
    if isinstance(state, list):
        return next(filter(None, map(first_link, state)), "")
    return ""


def faults_of(reply: requests.Response) -> list[str]:
    """What is wrong with a downloaded archive or picture."""
    if reply.status_code != 200:
        return [f"answers {reply.status_code}"]
    if reply.content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(reply.content)) as packed:
            broken = packed.testzip()
        return [f"{broken} is damaged"] if broken else []
    try:
        with Pillow.open(io.BytesIO(reply.content)) as picture:
            picture.load()
    except (OSError, SyntaxError) as fault:
        return [f"is no picture: {fault}"]
    return []
