"""Settings are data: one field is one variable `COUNTERCLAIM_<NAME>`, with its default and its help."""

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any


class ConfigError(Exception):
    """A setting that cannot be used; the message names the variable."""


def setting(default: Any, text: str, least: int | None = None, most: int | None = None) -> Any:
    return dataclasses.field(default=default, metadata={"help": text, "least": least, "most": most})


@dataclasses.dataclass(frozen=True)
class Settings:
    database_url: str = setting(
        "sqlite:///counterclaim.db", "Database: `sqlite:///path/to/file` or `postgresql://user@host/name`."
    )
    public_url: str = setting(
        "http://127.0.0.1:8000", "Address under which clients reach the API; every link begins with it."
    )
    trusted_hosts: str = setting(
        "", "Comma list of host names to answer to, besides that of the public URL and loopback; `*` answers to all."
    )
    contact: str = setting(
        "mailto:errors@counterclaim.example", "Where readers report an error: a mailto: or https: URL."
    )
    licence: str = setting("CC BY 4.0", "Licence of the compilation, told with every answer.")
    secret_file: str = setting(
        "counterclaim.secret", "File of the secret that signs cursors; made with mode 600 when missing."
    )
    log_key_file: str = setting(
        "counterclaim.log-key",
        "File of the key that signs the log's checkpoints; made with mode 600 when missing, and names the log for ever "
        "by the public URL of that day.",
    )
    cache_seconds: int = setting(60, "Seconds for which a shared cache may keep an answer.", 0, 86_400)
    statement_seconds: int = setting(
        5, "Seconds that one question to the database may take; exports are exempt.", 1, 600
    )
    reads_per_minute: int = setting(
        12_000, "Requests a minute from one address (IPv6: one /64), in each worker; 0 counts none.", 0, 1_000_000
    )
    writes_per_minute: int = setting(6_000, "Writes a minute by one key, in each worker; 0 counts none.", 0, 1_000_000)
    rate_storage: str = setting(
        "memory://",
        "Where requests are counted: `memory://` in each worker alone, `redis://host:6379` in all together (needs the "
        "Python package redis).",
    )
    proxy_hops: int = setting(
        0,
        "Proxies in front that each add to `X-Forwarded-For`: the address is then that which the first of them saw. 0 "
        "trusts nobody.",
        0,
        10,
    )
    greatest_body: int = setting(1_048_576, "Greatest request body in bytes.", 1024, 1_073_741_824)

    def __post_init__(self) -> None:
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ConfigError(
                f"{variable('database_url')} is {self.database_url!r}: it must start with sqlite:/// or postgresql://."
            )
        if self.database_url.startswith("sqlite:///"):
            _check_path("database_url", self.database_url.removeprefix("sqlite:///"))
        _check_path("secret_file", self.secret_file)
        _check_path("log_key_file", self.log_key_file)
        if not self.public_url.startswith(("http://", "https://")) or self.public_url.endswith("/"):
            raise ConfigError(
                f"{variable('public_url')} is {self.public_url!r}: it must be an http(s) URL without a final slash."
            )
        if not self.contact.startswith(("mailto:", "https://")):
            raise ConfigError(f"{variable('contact')} is {self.contact!r}: it must be a mailto: or https: URL.")


def _check_path(name: str, path: str) -> None:
    """The file has a name and its folder exists: a mistyped folder must not start a second, empty database."""
    file = pathlib.Path(path)
    if not path or file.is_dir():
        raise ConfigError(f"{variable(name)} names no file.")
    if not file.absolute().parent.is_dir():
        raise ConfigError(f"{variable(name)} is in {file.absolute().parent}, which does not exist.")


def variable(name: str) -> str:
    return f"COUNTERCLAIM_{name.upper()}"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `COUNTERCLAIM_*` variables. Raises `ConfigError`, also for a variable that does not exist."""
    known = {variable(field.name): field for field in dataclasses.fields(Settings)}
    for name in environment:
        if name.startswith("COUNTERCLAIM_") and name not in known:
            raise ConfigError(f"{name} is not a setting. Settings: {', '.join(known)}.")
    given = {field.name: _read(name, field, environment[name]) for name, field in known.items() if name in environment}
    return Settings(**given)


def _read(name: str, field: "dataclasses.Field[Any]", text: str) -> Any:
    if field.type is not int:
        return text
    least, most = field.metadata["least"], field.metadata["most"]
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ConfigError(f"{name} is {text!r}: it must be a whole number from {least} to {most}.")
    return int(text)
