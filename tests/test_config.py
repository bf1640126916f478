"""Settings: each comes from its own variable; the error about a wrong value names the variable."""

import dataclasses
import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.app import create_app
from api.config import ConfigError, Settings, load_settings, variable_of
from api.http.cursors import load_secret

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}
OTHERS = {
    "database_url": "postgresql://user@host/name",
    "read_database_url": "postgresql://user@replica/name",
    "public_url": "https://api.example.org",
    "contact": "https://example.org/errors",
    "embed_hosts": "https://news.example,https://*.press.example:8443",
    "metrics": "127.0.0.1,::1,10.0.0.0/8",
    "log_format": "json",
    "log_requests": "anonymous",
}


def test_without_variables_all_is_by_default() -> None:
    assert load_settings({}) == Settings()
    assert load_settings({"PATH": "/bin", "FLASK_DEBUG": "1"}) == Settings()


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_has_a_default_a_help_and_a_variable(name: str) -> None:
    field = FIELDS[name]
    assert field.metadata["help"].endswith(".")
    is_number = isinstance(field.default, int | float)
    given = str(field.metadata["least"]) if is_number else OTHERS.get(name, "something else")
    rest = {variable_of("database_url"): OTHERS["database_url"]} if name == "read_database_url" else {}
    read = load_settings({**rest, variable_of(name): given})
    assert getattr(read, name) == (float(given) if is_number else given)
    assert dataclasses.replace(read, **{name: field.default}) == load_settings(rest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://localhost/x"),
        ("database_url", ""),
        ("database_url", "counterclaim.db"),
        ("public_url", "api.example.org"),
        ("public_url", "https://api.example.org/"),
        ("public_url", "ftp://example.org"),
        ("read_database_url", "sqlite:///other.db"),
        ("read_database_url", "postgresql://user@replica/name"),  # of SQLite
        ("embed_hosts", "news.example"),
        ("embed_hosts", "https://news.example; script-src *"),
        ("embed_hosts", "*,*"),
        ("contact", "errors@example.org"),
        ("contact", "http://example.org"),
        ("cache_seconds", "-1"),
        ("cache_seconds", "86401"),
        ("cache_seconds", "1.5"),
        ("cache_seconds", "٣"),
        ("cache_seconds", ""),
        ("statement_seconds", "0"),
        ("statement_seconds", "soon"),
        ("greatest_body", "1023"),
        ("greatest_body", "1e6"),
        ("metrics", "everybody"),
        ("metrics", "10.0.0.1/8"),
        ("log_format", "xml"),
        ("log_requests", "all"),
        ("slow_seconds", "1e1"),
        ("slow_seconds", "3600.5"),
    ],
)
def test_a_bad_value_names_its_variable_and_what_was_given(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings({variable_of(name): value})
    assert variable_of(name) in str(refused.value)
    assert repr(value) in str(refused.value)


@pytest.mark.parametrize("name", ["COUNTERCLAIM_DATABSE_URL", "COUNTERCLAIM_", "COUNTERCLAIM_database_url"])
def test_a_variable_that_is_no_setting_is_named(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings({name: "1"})
    assert str(refused.value).startswith(f"{name} is not a setting.")
    assert "COUNTERCLAIM_DATABASE_URL" in str(refused.value)


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    made = load_secret(str(file))
    assert len(made) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_secret(str(file)) == made
    assert load_secret(str(tmp_path / "other")) != made


def test_processes_that_start_together_read_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(50):
            path = tmp_path / f"secret-{number}"
            loaded = list(pool.map(load_secret, [str(path)] * 8))
            assert set(loaded) == {path.read_text().strip()}
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 50


def test_the_secret_is_made_where_files_have_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "secret"
    assert load_secret(str(file)) == load_secret(str(file)) == file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("held", [b"", b"\n", b"\xd6\xff"])
def test_a_secret_that_is_none_stops_the_start(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "secret").write_bytes(held)
    with pytest.raises(ConfigError, match="COUNTERCLAIM_SECRET_FILE cannot be used: "):
        create_app(Settings(database_url=f"sqlite:///{tmp_path}/x.db", secret_file=str(tmp_path / "secret")))


@pytest.mark.parametrize("name", ["database_url", "secret_file", "log_key_file"])
def test_a_file_in_a_folder_that_does_not_exist_stops_the_start(tmp_path: Path, name: str) -> None:
    path = f"{tmp_path}/mistyped/file"
    with pytest.raises(ConfigError, match=f"COUNTERCLAIM_{name.upper()} is in the folder .*, which does not exist"):
        Settings(**{name: f"sqlite:///{path}" if name == "database_url" else path})
