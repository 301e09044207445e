"""Properties over arbitrary text and numbers: one normal form, only ASCII, never laxer than the standard library."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.egress.addresses import judge_address
from jobs.egress.urls import EgressPolicy, UrlRefused, check_url

POLICY = EgressPolicy(allow_http=True)
PIECES = st.sampled_from(
    ["http", "https", "://", "/", "//", ":", "@", "?", "#", "[", "]", "%", "%25", ".", "..", "\\", "-", "_"]
    + ["127", "0", "1", "255", "256", "65536", "4294967295", "010", "example", "com", "localhost", "::", "ffff"]
    + ["①", "。", "ü", "ß", "\u200d", "\u00ad", "٣", "İ", "\ud800", " ", "\t", "\n", "\x00", "é", "xn--", "0x", "fe80"]
)


@settings(max_examples=250)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=8).map(
    lambda pieces: "https://" + "".join(pieces))))  # fmt: skip
@example("https://\u00ad/")
@example("https://xn--0.com/")
def test_a_url_is_refused_or_has_one_normal_form(text: str) -> None:
    try:
        checked = check_url(text, POLICY, "image")
    except UrlRefused as fault:
        assert text not in fault.public or len(text) < 30
        return
    assert checked.url.isascii() and checked.url.isprintable() and " " not in checked.url
    assert check_url(checked.url, POLICY, "image") == checked
    assert checked.port in (80, 443)
    if checked.address is not None:
        assert judge_address(checked.address)
        assert ip_address(checked.host) == checked.address
    else:
        assert "." in checked.host and not checked.host.endswith(".localhost")


@settings(max_examples=200)
@given(st.integers(0, 2**32 - 1))
def test_never_laxer_than_the_standard_library_for_ipv4(number: int) -> None:
    address = IPv4Address(number)
    if judge_address(address):
        assert address.is_global and not address.is_multicast and not address.is_reserved


@settings(max_examples=200)
@given(st.one_of(st.integers(0, 2**128 - 1), st.integers(0x2000 << 112, (0x4000 << 112) - 1), st.integers(0, 2**48)))
def test_never_laxer_than_the_standard_library_for_ipv6(number: int) -> None:
    address = IPv6Address(number)
    if not judge_address(address) or address.ipv4_mapped is not None or number < 2**48:
        return
    assert address.is_global and not address.is_multicast and not address.is_site_local
    assert address.sixtofour is None or judge_address(address.sixtofour)
