"""The operator's variables: what they mean, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from palier.site import database_urls, environment

KEY = "k7Xw2-pQ9_vLmZ4sT1bN8cR3dF6gH5jY0aEoUiWqPlMzXcVbNtRs"
APP = "postgresql://palier_app:secret@db.example:5433/palier?sslmode=require"


def read(**variables: str) -> environment.Environment:
    return environment.read(variables)


def test_nothing_set_is_the_service_with_our_own_server() -> None:
    found = read()
    assert found.data == environment.default_data()
    assert (found.database_url, found.owner_url, found.secret_key, found.mail) == (None, None, None, None)
    switches = (found.debug, found.demo, found.vendor_paths, found.plain_http, found.behind_proxy)
    assert switches == (False,) * 5
    assert (found.log_level, found.log_format) == ("INFO", "text")


def test_the_demonstration_may_share_a_host_and_speak_plain_http() -> None:
    found = read(PALIER_DEMO="yes")
    assert found.vendor_paths
    assert found.plain_http
    assert not read(PALIER_DEMO="yes", PALIER_VENDOR_PATHS="off").vendor_paths


@pytest.mark.parametrize(
    ("word", "meant"), [("1", True), ("YES", True), ("on", True), ("false", False), ("0", False)]
)
def test_yes_and_no(word: str, meant: bool) -> None:
    assert read(PALIER_BEHIND_PROXY=word).behind_proxy is meant


def test_an_empty_variable_is_an_unset_one() -> None:
    assert read(PALIER_DEBUG="", DATABASE_URL=" ", PALIER_DATA="").database_url is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PALIER_DEBUG", "maybe", "neither yes nor no"),
        ("PALIER_DATA", "data", "whole path"),
        ("PALIER_DATA", "/etc/passwd", "not a folder"),
        ("PALIER_LOG_LEVEL", "LOUD", "known: DEBUG, INFO"),
        ("PALIER_LOG_FORMAT", "xml", "known: text, json"),
        ("PALIER_LARGEST_BODY", "12MB", "whole number"),
        ("PALIER_LARGEST_BODY", "10", "from 65536"),
        ("DATABASE_URL", "mysql://a@b/c", "expected postgresql://"),
        ("DATABASE_URL", "postgresql://a@b:port/c", "expected postgresql://"),
        ("DATABASE_URL", "postgresql://a@b:0/c", "expected postgresql://"),
        ("DATABASE_URL", "postgresql://db.example/palier", "names no user"),
        ("DATABASE_URL", "postgresql://palier_app@db.example/", "names no database"),
        ("DATABASE_OWNER_URL", "postgresql://palier@db.example/palier", "without DATABASE_URL"),
        ("PALIER_MAIL", "mail.example", "smtp+tls://"),
        ("PALIER_MAIL", "smtp://mail.example:port", "smtp+tls://"),
        ("PALIER_MAIL", "smtp://mail.example/inbox", "smtp+tls://"),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(environment.BadEnvironment) as refused:
        environment.read({name: value})
    assert said in refused.value.said("en")
    assert name in refused.value.said("fr-CA")
    assert refused.value.said("fr") != refused.value.said("en")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(environment.BadEnvironment) as refused:
        read(DATABASE_URL="postgresql://palier_app:hunter2@db.example/")
    assert "hunter2" not in refused.value.en + refused.value.fr
    found = read(
        DATABASE_URL="postgresql://a:hunter2@h/d",
        PALIER_MAIL="smtps://u:hunter2@h",
        PALIER_SECRET_KEY="hunter2",
    )
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://u%40x:p%2Fw@mail.example", 587, True, False),
        ("smtps://mail.example:2465", 2465, False, True),
    ],
)
def test_mail_servers(url: str, port: int, starttls: bool, tls: bool) -> None:
    found = read(PALIER_MAIL=url).mail
    assert found is not None
    assert (found.host, found.port, found.starttls, found.tls) == ("mail.example", port, starttls, tls)
    assert (found.user, found.password) == (("u@x", "p/w") if "%40" in url else ("", ""))


@pytest.mark.parametrize(("uid", "expected"), [(0, "/var/lib/palier"), (1000, "/palier")])
def test_where_data_lives_by_default(monkeypatch: pytest.MonkeyPatch, uid: int, expected: str) -> None:
    monkeypatch.setattr("os.geteuid", lambda: uid)
    found = environment.default_data()
    assert str(found).endswith(expected)
    assert found.is_absolute()


def test_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/agnes")
    assert read(PALIER_DATA="~/desk").data == Path("/home/agnes/desk")


# Safety -------------------------------------------------------------------------------------------------------------


def test_a_service_with_a_key_may_start() -> None:
    environment.refuse_unsafe(read(PALIER_SECRET_KEY=KEY))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"PALIER_SECRET_KEY": ""}, "PALIER_SECRET_KEY is missing"),
        ({"PALIER_SECRET_KEY": "short"}, "too easy to guess"),
        ({"PALIER_SECRET_KEY": "ab" * 40}, "too easy to guess"),
        ({"PALIER_DEBUG": "1"}, "PALIER_DEBUG"),
        ({"PALIER_VENDOR_PATHS": "1"}, "PALIER_VENDOR_PATHS"),
        ({"PALIER_PLAIN_HTTP": "1"}, "PALIER_PLAIN_HTTP"),
    ],
)
def test_an_unsafe_service_does_not_start(change: Mapping[str, str], said: str) -> None:
    unsafe = environment.read({"PALIER_SECRET_KEY": KEY, **change})
    with pytest.raises(environment.Unsafe, match=said) as refused:
        environment.refuse_unsafe(unsafe)
    assert refused.value.fr.startswith("démarrage refusé")
    environment.refuse_unsafe(environment.read({"PALIER_SECRET_KEY": KEY, **change, "PALIER_DEMO": "1"}))


# Addresses of databases ---------------------------------------------------------------------------------------------


def test_a_database_address_becomes_djangos_settings() -> None:
    found = database_urls.parsed(APP)
    wanted: Mapping[str, Any] = {
        "HOST": "db.example",
        "PORT": "5433",
        "USER": "palier_app",
        "PASSWORD": "secret",
        "NAME": "palier",
        "OPTIONS": {"sslmode": "require"},
    }
    assert {name: found[name] for name in wanted} == wanted


def test_a_socket_folder_with_blanks() -> None:
    found = database_urls.parsed("postgresql://palier_app@/palier?host=%2Fvar%2Fmy%20data%2Frun&port=5432")
    assert (found["HOST"], found["PORT"]) == ("/var/my data/run", "5432")


@pytest.mark.parametrize("url", ["postgresql://a@b/c?colour=blue", "postgresql://a@[b/c"])
def test_an_address_libpq_does_not_read(url: str) -> None:
    refuse: Callable[[str], Any] = database_urls.parsed
    with pytest.raises(environment.BadEnvironment):
        refuse(url)


def test_files_are_kept_in_the_data_folder_and_scanned_by_nobody_unless_it_is_said() -> None:
    found = read()
    assert (found.bucket, found.clamd, found.largest_file) == (None, "", 100_000_000)
    bucket = read(PALIER_FILES="s3://papers/a/b/?endpoint=https://s3.example&region=eu-west-3").bucket
    assert bucket == environment.Bucket(
        name="papers", prefix="a/b", endpoint="https://s3.example", region="eu-west-3"
    )
    plain = environment.Bucket(name="papers", prefix="", endpoint="", region="")
    assert read(PALIER_FILES="s3://papers").bucket == plain
    for address in ("tcp://127.0.0.1:3310", "tcp://scanner", "unix:///run/clamav/clamd.ctl"):
        assert read(PALIER_CLAMD=address).clamd == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PALIER_FILES", "/var/files"),
        ("PALIER_FILES", "s3://"),
        ("PALIER_FILES", "s3://papers?acl=public"),
        ("PALIER_FILES", "s3://papers?endpoint=http://far.example"),
        ("PALIER_FILES", "s3://papers?endpoint"),
        ("PALIER_CLAMD", "127.0.0.1:3310"),
        ("PALIER_CLAMD", "tcp://"),
        ("PALIER_CLAMD", "tcp://host:port"),
        ("PALIER_CLAMD", "unix://run/clamd.ctl"),
        ("PALIER_CLAMD", "http://host"),
        ("PALIER_LARGEST_FILE", "100 MB"),
        ("PALIER_LARGEST_FILE", "10"),
    ],
)
def test_what_makes_no_sense_of_files_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(environment.BadEnvironment, match=name):
        environment.read({name: value})
