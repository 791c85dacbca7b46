"""To which addresses messages may go: nobody reaches inside through them unless it is allowed."""

import pytest

from dashboard.deliveries import Fault
from dashboard.settings import SettingsError, read_settings
from dashboard.webhooks import Allowed, read_address, read_allowed, read_webhook_url

NOBODY = Allowed()
INSIDE = read_allowed("wms.internal, 10.1.0.0/16, fd00:1::/64, 127.0.0.1")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254"),
        *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::10.0.0.1"),
        *("64:ff9b::169.254.169.254", "64:ff9b:1::a00:1", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
    ],
)
def test_inner_addresses_are_refused(address: str):
    """Private, loopback, link-local, multicast, reserved, and all of them in the clothes of IPv6."""
    assert NOBODY.fault("https", "evil.example", read_address(address)) is Fault.FORBIDDEN_ADDRESS


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_take_https_only(address: str):
    """What leaves the house is encrypted."""
    assert NOBODY.fault("https", "wms.example", read_address(address)) is None
    assert NOBODY.fault("http", "wms.example", read_address(address)) is Fault.PLAIN_HTTP


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        ("wms.internal", "10.9.9.9", True),
        ("WMS.Internal.", "127.0.0.1", True),
        ("other", "10.1.2.3", True),
        ("other", "::ffff:10.1.2.3", True),
        ("other", "fd00:1::7", True),
        ("other", "10.2.0.1", False),
        ("other", "127.0.0.2", False),
        ("wms.internal.evil.example", "10.9.9.9", False),
        ("wms.internal", "169.254.169.254", False),
        ("wms.internal", "224.0.0.1", False),
        ("wms.internal", "0.0.0.0", False),
    ],
)
def test_what_is_allowed_may_be_private(host: str, address: str, allowed: bool):
    """By name or by network, over http as well; no name opens the addresses of a cloud's own services."""
    fault = INSIDE.fault("http", host, read_address(address))
    assert fault is (None if allowed else Fault.FORBIDDEN_ADDRESS)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://wms.example/", "file:///etc/passwd", "gopher://x/", "wms.example/hook", "https://", "https:///x"),
        *(
            "https://user:pass@wms.example/",
            "https://wms.example/ x",
            "https://wms.example:99999/",
            "https://w.example:0/",
        ),
        *("https://2130706433/", "https://0x7f000001/", "https://127.1/", "https://0x7f.1./", "https://1.2.3.999/"),
        *("https://wms.example/#part", "https://[::1", "https://wms.example/\n", "https://bücher.example/"),
    ],
)
def test_what_is_no_target_is_refused_at_the_start(url: str):
    """Another scheme, a name with a password, what no URL is."""
    with pytest.raises(ValueError, match="takes an address"):
        read_webhook_url(url)


@pytest.mark.parametrize(
    ("url", "allow", "words"),
    [
        ("https://169.254.169.254/latest", "", "this one is private"),
        ("http://169.254.169.254/latest", "169.254.169.254", None),
        ("https://10.1.2.3/hook", "", "this one is private"),
        ("https://10.1.2.3/hook", "10.2.0.0/16, wms.internal", "this one is private"),
        ("http://10.1.2.3/hook", "10.1.0.0/16", None),
        ("https://[::1]:8443/", "", "this one is private"),
        ("https://[fe80::1]/", "", "this one is private"),
        ("https://[::ffff:192.168.0.1]/", "", "this one is private"),
        ("https://0.0.0.0/", "", "this one is private"),
        ("https://localhost:9000/", "", "this one is private"),
        ("https://wms.localhost./", "", "this one is private"),
        ("http://localhost:9000/", "localhost", None),
        ("http://localhost:9000/", "127.0.0.0/8", None),
        ("https://8.8.8.8/hook", "", None),
        ("http://8.8.8.8/hook", "10.0.0.0/8", "an https address"),
        ("http://wms.example/hook", "", "an https address"),
        ("http://wms.internal/hook", "wms.internal", None),
        ("http://wms.internal/hook", "10.0.0.0/8", None),
        ("https://wms.internal/hook", "", None),
    ],
)
def test_a_target_that_could_never_be_reached_stops_the_start(url: str, allow: str, words: str | None):
    """As far as its address tells; what a name stands for shows when it is looked up. The address is not repeated."""
    given = {
        "LIFELINE_WEBHOOK_WMS": url,
        "LIFELINE_WEBHOOK_ALLOW": allow,
        "LIFELINE_WEBHOOK_SECRET": "0123456789abcdef",
    }
    if words is None:
        assert read_settings(given).webhooks.urls == {"wms": url}
        return
    with pytest.raises(SettingsError, match=f"^LIFELINE_WEBHOOK_WMS takes .*{words}") as caught:
        read_settings(given)
    assert url not in str(caught.value)


def test_settings_of_webhooks():
    """Only the targets that are set; blanks and case do not count in the list."""
    told = read_settings({
        "LIFELINE_WEBHOOK_WMS": "https://wms.example/hook",
        "LIFELINE_WEBHOOK_CHAT": "",
        "LIFELINE_WEBHOOK_SECRET": "0123456789abcdef",
        "LIFELINE_WEBHOOK_ALLOW": " WMS.internal ,10.1.0.0/16,, ::1",
    }).webhooks  # fmt: skip
    assert dict(told.urls) == {"wms": "https://wms.example/hook"}
    assert told.secret == "0123456789abcdef"
    assert told.allowed.hosts == {"wms.internal"}
    assert [str(network) for network in told.allowed.networks] == ["10.1.0.0/16", "::1/128"]
    assert "0123" not in repr(told)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIFELINE_WEBHOOK_CARRIER", "wms.example"),
        ("LIFELINE_WEBHOOK_SECRET", "short"),
        ("LIFELINE_WEBHOOK_ALLOW", "10.0.0.1/8"),
        ("LIFELINE_WEBHOOK_ALLOW", "https://wms.example"),
        ("LIFELINE_WEBHOOK_ALLOW", "*"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str):
    """A network with bits beyond its length is a slip of the pen."""
    with pytest.raises(SettingsError, match=f"^{name} takes"):
        read_settings({name: value})
