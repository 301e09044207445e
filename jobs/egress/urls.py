"""Which URLs may be asked for: one strict parser, one policy. Judges text only; never resolves a name, never connects.

The parser is ours because two parsers that disagree are the hole: what is judged here is rebuilt from its parts, and
only the rebuilt form is ever sent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Literal
from urllib.parse import quote

import idna

from jobs.egress.addresses import Address, judge_address

Purpose = Literal["image", "webhook"]
NOT_PUBLIC = "The URL does not lead to a public host."
MAX_URL = 2048

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([0-9]*))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PROXY = re.compile(r"http://(?:[^@/:]+:[^@/]*@)?(?:\[[0-9a-fA-F:.]+\]|[^@/:\[\]]+):[0-9]{1,5}/?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\s\\\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\ud800-\udfff]")
# Names that only ever mean this machine or this network (RFC 6761, 6762, 7686, 8375, and ICANN's .internal).
_INNER_NAMES = ("localhost", "local", "internal", "home.arpa", "onion")
_PORTS = {"https": 443, "http": 80}


class UrlRefused(ValueError):
    """The URL may not be asked for. `public` is a sentence for the customer; it depends on the text of the URL alone,
    and is the same for every inner address, so it tells nothing about what runs there."""

    def __init__(self, public: str) -> None:
        super().__init__(public)
        self.public = public


@dataclass(frozen=True)
class EgressPolicy:
    """What the operator permits. `allowed` (EGRESS_ALLOW) names hosts and ports that may be reached although they are
    private, over plain http too; it is empty in production. `proxy` is `http://[user:password@]host:port`, and is asked
    for tunnels to judged addresses. `ports` adds public ports to 443 and 80. Raises ValueError on another proxy."""

    allow_http: bool = False
    allowed: frozenset[tuple[str, int]] = frozenset()
    proxy: str | None = None
    ports: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.proxy is not None and not _PROXY.fullmatch(self.proxy):
            raise ValueError("the egress proxy must be http://[user:password@]host:port")


@dataclass(frozen=True)
class CheckedUrl:
    """A URL that passed. `host` is lower-case ASCII without a trailing dot, or a plain address without brackets;
    `address` is set when the host is an address; `target` is path and query; `listed` means EGRESS_ALLOW names it."""

    scheme: str
    host: str
    port: int
    target: str
    address: Address | None
    listed: bool

    @property
    def authority(self) -> str:
        """The value of the Host header: brackets around IPv6, the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL rebuilt from its parts, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_allowed(entries: Iterable[str]) -> frozenset[tuple[str, int]]:
    """EGRESS_ALLOW entries (`host:port`, `[::1]:port`) as pairs. Raises ValueError naming the entry that is wrong."""
    pairs = set()
    for entry in entries:
        match = _AUTHORITY.fullmatch(entry)
        if match is None or not match[2] or not match[1]:
            raise ValueError(f"{entry!r} is not host:port")
        pairs.add((_host(match[1])[0], int(match[2])))
    return frozenset(pairs)


def check_url(url: str, policy: EgressPolicy, purpose: Purpose) -> CheckedUrl:
    """The URL taken apart and judged by its text; raises UrlRefused. Host names still have to be resolved and judged.

    Odd spellings of addresses (`127.1`, `0x7f000001`, `017700000001`, full-width digits) are read as a C library would
    read them, and judged by the address that they mean.
    """
    if len(url) > MAX_URL:
        raise UrlRefused(f"The URL is longer than {MAX_URL} characters.")
    if _FORBIDDEN.search(url):
        raise UrlRefused("The URL holds white space, a control character or a backslash.")
    match = _URL.fullmatch(url)
    if match is None:
        raise UrlRefused("This is not an absolute URL.")
    scheme = match[1].lower()
    if scheme not in _PORTS:
        raise UrlRefused("Only https URLs are accepted.")
    if "@" in match[2]:
        raise UrlRefused("The URL must not hold a user name or password.")
    authority = _AUTHORITY.fullmatch(match[2])
    if authority is None or not authority[1]:
        raise UrlRefused("The URL names no valid host and port.")
    host, address = _host(authority[1])
    port = int(authority[2][:9]) if authority[2] else _PORTS[scheme]
    listed = (host, port) in policy.allowed
    if not listed:
        _judge(scheme, host, address, port, policy, purpose)
    target = quote(match[3] or "/", safe="%/:@!$&'()*+,;=-._~[]")
    if match[4] is not None:
        target += "?" + quote(match[4], safe="%/:@!$&'()*+,;=-._~[]?")
    return CheckedUrl(scheme, host, port, target, address, listed)


def _judge(scheme: str, host: str, address: Address | None, port: int, policy: EgressPolicy, purpose: Purpose) -> None:
    if scheme == "http" and not (purpose == "image" and policy.allow_http):
        raise UrlRefused("Only https URLs are accepted.")
    if port != _PORTS[scheme] and port not in policy.ports:
        raise UrlRefused(f"Port {port} is not open for this purpose.")
    if address is not None:
        if not judge_address(address):
            raise UrlRefused(NOT_PUBLIC)
    elif "." not in host or any(host == name or host.endswith("." + name) for name in _INNER_NAMES):
        raise UrlRefused(NOT_PUBLIC)


def _host(text: str) -> tuple[str, Address | None]:
    """The host in its one normal spelling, and the address when it is one. Raises UrlRefused."""
    if text.startswith("["):
        try:
            address = IPv6Address(text[1:-1].replace("%25", "%", 1))
        except AddressValueError as fault:
            raise UrlRefused("The URL names no valid host and port.") from fault
        return str(address), address
    host = _ascii(text).removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("The URL names no valid host and port.")
    if _NUMBER.fullmatch(labels[-1]):
        number = _classic_v4(labels)
        return str(number), number
    return host, None


def _ascii(text: str) -> str:
    """Lower-case ASCII form of a host name: UTS 46 mapping (full-width digits, ideographic dots), then IDNA 2008."""
    try:
        mapped = idna.uts46_remap(text, std3_rules=False, transitional=False)
        if not mapped.isascii():
            return idna.encode(mapped).decode("ascii")
        for label in mapped.split("."):
            if label.startswith("xn--"):
                idna.ulabel(label)
    except (idna.IDNAError, UnicodeError) as fault:
        raise UrlRefused("The URL names no valid host and port.") from fault
    return mapped.lower()


def _classic_v4(labels: list[str]) -> IPv4Address:
    """One to four decimal, octal or hexadecimal parts, the last filling what is left (inet_aton; WHATWG URL 3.5)."""
    try:
        parts = [_number(label) for label in labels]
        if len(parts) > 4 or any(part > 255 for part in parts[:-1]) or parts[-1] >= 256 ** (5 - len(parts)):
            raise ValueError("no such address")
    except ValueError as fault:
        raise UrlRefused("The URL names no valid host and port.") from fault
    total = parts[-1]
    for index, part in enumerate(parts[:-1]):
        total += part << 8 * (3 - index)
    return IPv4Address(total)


def _number(label: str) -> int:
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    return int(label, 8) if label.startswith("0") and len(label) > 1 else int(label, 10)
