"""Which network addresses may be reached from here. Judges numbers only; never resolves a name, never connects.

Sources: the IANA IPv4 and IPv6 special-purpose address registries, RFC 4291 (mapped, compatible), RFC 2765
(translated), RFC 3056 (6to4), RFC 6052 and 8215 (NAT64), RFC 4380 (Teredo), RFC 5214 (ISATAP).
"""

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

REFUSED_V4: tuple[IPv4Network, ...] = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; holds 100.100.100.200, a cloud's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host service behind a public-looking address
        "169.254.0.0/16",  # link-local; holds 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relay anycast, deprecated
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112, direct delegation
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and limited broadcast
    )
)

# All unicast in use lies in 2000::/3. Loopback, unique-local, link-local, site-local, multicast, discard-only, segment
# routing and whatever is assigned outside it one day are refused by not being in it.
GLOBAL_V6 = IPv6Network("2000::/3")
REFUSED_V6: tuple[IPv6Network, ...] = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: benchmarking, ORCHID, drone ids ... (Teredo is unwrapped before)
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_MAPPED = IPv6Network("::ffff:0:0/96")
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_TEREDO = IPv6Network("2001::/32")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_LAST_32_BITS = (_MAPPED, _COMPATIBLE, _TRANSLATED, _NAT64)
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def judge_address(address: str | Address) -> bool:
    """True when the address is public unicast that a tenant may make us connect to; False for all else.

    Text that is no address is refused as well. An IPv6 address that carries an IPv4 address is judged by that one.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address)
        except (AddressValueError, ValueError):
            return False
    if isinstance(address, IPv4Address):
        return _judge_v4(address)
    return _judge_v6(address)


def carried_v4(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that a transition form puts into an IPv6 address: none, one, or two (Teredo: server, client).

    The local-use NAT64 range (64:ff9b:1::/48) is not unwrapped: where the IPv4 part lies in it depends on the operator
    of that network, and the range is never global, so `judge_address` refuses all of it.
    """
    number = int(address)
    low = number & 0xFFFFFFFF
    if any(address in network for network in _LAST_32_BITS):
        return (IPv4Address(low),)
    if address in _TEREDO:
        return IPv4Address(number >> 64 & 0xFFFFFFFF), IPv4Address(low ^ 0xFFFFFFFF)
    found: tuple[IPv4Address, ...] = ()
    if address in _SIX_TO_FOUR:
        found += (IPv4Address(number >> 80 & 0xFFFFFFFF),)
    if number >> 32 & 0xFFFFFFFF in _ISATAP_MARKS:
        found += (IPv4Address(low),)
    return found


def _judge_v4(address: IPv4Address) -> bool:
    return not any(address in network for network in REFUSED_V4)


def _judge_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    carried = carried_v4(address)
    if not all(_judge_v4(inner) for inner in carried):
        return False
    if carried and (address in _TEREDO or any(address in network for network in _LAST_32_BITS)):
        return True
    return address in GLOBAL_V6 and not any(address in network for network in REFUSED_V6)
