"""Settings: every fault at once, secrets never shown, nothing read but what is given."""

import pytest

from config import RANGES, ROWS, ConfigError, Settings, describe

SECRET = {"SECRET_KEY": "s" * 40}


def test_defaults_are_enough_with_a_secret() -> None:
    settings = Settings.from_env(SECRET)
    assert settings.database.startswith("sqlite:///") and settings.max_file_bytes == 20 * 1024 * 1024


def test_all_faults_are_told_at_once() -> None:
    wrong = {"PORT": "eighty", "RATE_LIMITS": "perhaps", "LEASE_SECONDS": "x", "LOG_LEVEL": "LOUD"}
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(wrong)
    named = {line.split()[0] for line in str(caught.value).splitlines()}
    assert named == {*wrong, "SECRET_KEY"}, "unreadable values and values out of bounds together"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("OBJECT_STORE", "tape"),
        ("BASE_URL", "localhost"),
        ("SYNC_WAIT_SECONDS", "101"),
        ("WEB_THREADS", "0"),
        ("PORT", "70000"),
        ("DASHBOARD_PORT", "0"),
        ("LOG_FORMAT", "xml"),
        ("S3_ADDRESSING", "guess"),
        ("CUTOUT_MODEL_KIND", "magic"),
        ("EGRESS_ALLOW", "localhost"),
        ("EGRESS_PROXY", "socks://x"),
        ("SECRET_KEY_PREVIOUS", "short"),
        ("JWT_SECRET", "short"),
    ],
)
def test_a_value_out_of_bounds_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Settings.from_env({**SECRET, name: value})


def test_a_bucket_is_needed_with_s3() -> None:
    with pytest.raises(ConfigError, match="S3_BUCKET"):
        Settings.from_env({**SECRET, "OBJECT_STORE": "s3"})


def test_test_hooks_never_start_behind_a_public_address() -> None:
    hooked = {**SECRET, "FAILPOINTS": "image.settled=kill"}
    assert Settings.from_env(hooked).failpoints
    with pytest.raises(ConfigError, match="FAILPOINTS"):
        Settings.from_env({**hooked, "BASE_URL": "https://api.example.com"})


def test_secrets_are_only_said_to_be_set() -> None:
    shown = dict(describe(Settings.from_env({**SECRET, "S3_SECRET_ACCESS_KEY": "canary"})))
    assert shown["SECRET_KEY"] == "set" and shown["S3_SECRET_ACCESS_KEY"] == "set" and shown["JWT_SECRET"] == "not set"
    assert "canary" not in str(shown) and "s" * 40 not in str(shown)


def test_passwords_inside_addresses_are_hidden() -> None:
    found = {"DATABASE_URL": "postgresql://u:canary1@h/d", "REDIS_URL": "redis://:canary2@h:6379/0"}
    shown = dict(describe(Settings.from_env({**SECRET, **found, "EGRESS_PROXY": "http://u:canary3@p:3128"})))
    assert "canary" not in str(shown)
    assert shown["REDIS_URL"] == "redis://:[hidden]@h:6379/0"


def test_every_number_has_a_range_that_holds_its_default() -> None:
    numbers = {row.name.lower(): row.default for row in ROWS if row.kind in ("int", "float")}
    bounds = {name: limits for limits, names in RANGES.items() for name in names}
    assert set(bounds) == set(numbers) and sum(map(len, RANGES.values())) == len(numbers)
    assert [name for name, (least, most) in bounds.items() if not least <= numbers[name] <= most] == []


@pytest.mark.parametrize(("limits", "name"), [(limits, name) for limits, names in RANGES.items() for name in names])
def test_a_number_outside_its_range_is_refused_and_its_ends_are_not(limits: tuple[float, float], name: str) -> None:
    least, most = limits
    for value in limits:
        assert getattr(Settings.from_env({**SECRET, name.upper(): str(value)}), name) == value
    for value in (int(least) - 1, int(most) + 1):
        with pytest.raises(ConfigError, match=f"{name.upper()} must lie between {least} and {most}"):
            Settings.from_env({**SECRET, name.upper(): str(value)})
