"""The table of addresses: every special-purpose range, its neighbours, and every way to hide IPv4 inside IPv6."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest

from jobs.egress.addresses import GLOBAL_V6, REFUSED_V4, REFUSED_V6, carried_v4, judge_address

_REFUSED = """
0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 100.100.100.200 127.0.0.0 127.0.0.1 127.1.2.3
127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.8
192.0.0.9 192.0.0.170 192.0.0.255 192.0.2.0 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.0 192.88.99.1
192.88.99.255 192.168.0.0 192.168.255.255 192.175.48.6 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255
203.0.113.0 203.0.113.255 224.0.0.0 224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.254 255.255.255.255
:: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 ::ffff:0:a00:1
64:ff9b::7f00:1 64:ff9b::10.1.2.3 64:ff9b::a83f:8110 64:ff9b:1:: 64:ff9b:1::7f00:1 64:ff9b:1:808:8:800::
64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1 2001:1::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1
2001:30::1 2001:1ff:ffff::1 2001:0:808:808::80ff:fffe 2001:0:7f00:1::f7f7:f7f7 2001:db8::1 2001:db8:ffff::1
2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::1 2002:a9fe:a9fe:: 2620:4f:8000::1 3fff::1 3fff:fff:ffff::1 4000::1 5f00::1
fc00::1 fd00:ec2::254 fdff:ffff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 feff::1 ff00::1 ff02::1 ff0e::1 1fff:ffff::1
2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1 2002:808:808::5efe:c0a8:1 fe80::5efe:808:808
2606:4700::1%eth0 not-an-address 127.1 0x7f000001 1.2.3 1.2.3.4.5 [::1]
"""

_ALLOWED = """
1.0.0.0 8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 168.63.129.15
168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.1.255 192.0.3.0
192.31.195.255 192.31.197.0 192.52.192.255 192.52.194.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0
192.175.47.255 192.175.49.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0
223.255.255.255 2000::1 2001:200::1 2001:db7:ffff::1 2001:db9::1 2001:4860:4860::8888 2003::1 2001:ffff::1
2620:4f:7fff::1 2620:4f:8001::1 2606:4700:4700::1111 2a00:1450:4001::200e 3ffe:ffff::1 3fff:1000::1 2002:808:808::1
::8.8.8.8 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 64:ff9b::8.8.8.8 2606:4700::5efe:808:808 2606:4700::5eff:7f00:1
2001:0:808:808::f7f7:f7f7
"""


@pytest.mark.parametrize("address", _REFUSED.split())
def test_refused(address: str) -> None:
    assert judge_address(address) is False


@pytest.mark.parametrize("address", _ALLOWED.split())
def test_allowed(address: str) -> None:
    assert judge_address(address) is True


def test_the_tables_are_long_enough_to_mean_something() -> None:
    assert len(set(_REFUSED.split())) >= 90 and len(set(_ALLOWED.split())) >= 50


@pytest.mark.parametrize("network", [*REFUSED_V4, *REFUSED_V6], ids=str)
def test_no_range_is_wider_than_it_must_be(network: IPv4Network | IPv6Network) -> None:
    """The addresses right before and right behind a range may be reached, unless another range holds them."""
    ranges = [other for other in (*REFUSED_V4, *REFUSED_V6) if other.version == network.version]
    last = 2**network.max_prefixlen - 1
    for number in (int(network[0]) - 1, int(network[-1]) + 1):
        if 0 <= number <= last:
            neighbour = type(network[0])(number)
            held = any(neighbour in other for other in ranges)
            held |= neighbour.version == 6 and neighbour not in GLOBAL_V6
            assert judge_address(neighbour) is not held, neighbour


def test_address_objects_are_judged_like_their_text() -> None:
    assert judge_address(IPv4Address("8.8.8.8")) is True
    assert judge_address(IPv6Address("::1")) is False


@pytest.mark.parametrize("network", REFUSED_V4, ids=str)
def test_both_ends_of_every_range_are_refused_in_every_disguise(network: IPv4Network) -> None:
    for end in (network[0], network[-1]):
        number = int(end)
        disguises = [
            IPv6Address(number),
            IPv6Address(0xFFFF << 32 | number),
            IPv6Address(0xFFFF << 48 | number),
            IPv6Address((0x64 << 112 | 0xFF9B << 96) | number),
            IPv6Address(0x2002 << 112 | number << 80 | 1),
            IPv6Address(0x2001 << 112 | 0x08080808 << 64 | (number ^ 0xFFFFFFFF)),
            IPv6Address(0x2606 << 112 | 0x5EFE << 32 | number),
        ]
        assert not judge_address(end)
        assert not any(judge_address(disguise) for disguise in disguises)
        assert all(end in carried_v4(disguise) for disguise in disguises)
