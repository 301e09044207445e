"""Requests to the service: one session, one way to read errors of all three dialects, tries repeated with patience.
Never follows a redirect with a key, and never takes credentials from a netrc file."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.auth import AuthBase

from uploading.exits import KeyRefused, Misused, OutOfCredits
from uploading.patience import Patience

TIMEOUT_S = (10, 120)
BUSY = (408, 425, 429, 500, 502, 503, 504)
UNFINISHED_TWIN = "idempotency_in_progress"
NOT_OFFERED = ("action_unavailable", "provider_unavailable")
NETWORK_FAULTS = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


@dataclass(frozen=True)
class Fault:
    """An error reply, whatever its dialect: sentence, code, the field it blames and a file that it names."""

    status: int
    sentence: str
    code: str = ""
    field: str = ""
    reason: str = ""
    filename: str = ""


class Refused(Exception):
    """The service will not take this request, however often it is sent."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault


class Busy(Exception):
    """Not now. `asked` is the Retry-After in seconds, if there was one."""

    def __init__(self, sentence: str, asked: float | None = None) -> None:
        super().__init__(sentence)
        self.asked = asked


@dataclass(frozen=True)
class Answer:
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def wait(self, otherwise: float) -> float:
        """Seconds to the next look: Retry-After, or the body's poll_after_seconds."""
        asked = retry_after(self.headers) or self.body.get("poll_after_seconds")
        return float(asked) if isinstance(asked, (int, float)) and asked > 0 else otherwise


class Keyed(AuthBase):
    """The key as a bearer token; being an `auth`, it also keeps requests from looking into a netrc file."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


@dataclass
class Wire:
    base_url: str
    key: str
    patience: Patience
    merchant: str = ""
    session: requests.Session = field(default_factory=requests.Session)
    now: Callable[[], float] = time.time

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Callable[[], Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        patient: bool = True,
    ) -> Answer:
        """One request until it is answered. `body` makes a fresh body for each try; `path` may be a whole address,
        which then gets no key. Refused, OutOfCredits, KeyRefused; Temporary, or Busy at once when not `patient`."""
        trial = self.patience.trial()
        while True:
            try:
                return self._once(method, path, body, dict(headers or {}), json)
            except Busy as busy:
                if not patient:
                    raise
                trial.wait(str(busy), busy.asked)

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str], json: Any) -> Answer:
        own = path.startswith("/")
        credentials = {"Authorization": f"Bearer {self.key}"}
        if self.merchant:
            credentials["X-Merchant-Id"] = self.merchant
        try:
            reply = self.session.request(
                method,
                self.base_url + path if own else path,
                data=body() if body else None,
                json=json,
                headers=headers,
                auth=Keyed(credentials if own else {}),
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
        except NETWORK_FAULTS as fault:
            raise Busy(f"The service cannot be reached ({type(fault).__name__})") from fault
        except requests.RequestException as fault:
            raise Misused(f"The request to {self.base_url} cannot be made: {fault}.") from fault
        return read_answer(reply, own)


def read_answer(reply: requests.Response, own: bool = True) -> Answer:
    """The JSON of a good reply; every other one as the exception that says what to do about it. `own` is False for a
    signed address, where no key can be refused."""
    if reply.status_code < 300:
        try:
            found = reply.json() if reply.content else {}
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Busy("The reply is not the service's (no JSON object)")
        return Answer(found, reply.headers)
    if reply.status_code < 400:
        raise Misused(f"The address leads elsewhere ({reply.headers.get('Location', '?')}); use that one as --url.")
    fault = read_fault(reply)
    if own and reply.status_code in (401, 403):
        raise KeyRefused(fault.sentence)
    if reply.status_code == 402:
        raise OutOfCredits(fault.sentence)
    if fault.code in NOT_OFFERED or fault.reason in NOT_OFFERED:
        raise Misused(fault.sentence)
    twin = UNFINISHED_TWIN in (fault.code, fault.reason) or (fault.status == 409 and "Retry-After" in reply.headers)
    if reply.status_code in BUSY or twin or fault.reason == "incomplete":
        raise Busy(f"{reply.status_code}: {fault.sentence.rstrip('.')}", retry_after(reply.headers))
    raise Refused(fault)


def read_fault(reply: requests.Response) -> Fault:
    """print: {error: {code, message, details: [{field, issue}]}}; shelf: details an object; studio: flat."""
    try:
        body = reply.json()
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    error = body.get("error", body.get("detail"))
    inner = error if isinstance(error, dict) else body
    sentence = inner.get("message") or (error if isinstance(error, str) else "") or reply.reason or "no reason given"
    details = inner.get("details") or {}
    issues: Iterable[Any] = details if isinstance(details, list) else [details]
    first = next((issue for issue in issues if isinstance(issue, dict)), {})
    return Fault(
        status=reply.status_code,
        sentence=str(sentence)[:500],
        code=str(inner.get("code", "")),
        field=str(first.get("field", "")),
        reason=str(first.get("issue", first.get("reason", ""))),
        filename=str(first.get("filename", "")),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After, given as a number or as a date; None without a usable one."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text), 86_400))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, moment.timestamp() - time.time())
