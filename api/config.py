"""Settings: each field is one variable `COUNTERCLAIM_<NAME>`, with its default and its help."""

import dataclasses
import hashlib
import ipaddress
import os
import pathlib
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from api.monitoring.log_lines import FORMATS, REQUEST_LINES

ORIGIN = r"https?://(?:\*\.)?[A-Za-z0-9.-]+(?::[0-9]+)?"
FRAMING_ORIGINS = rf"\*|(?:{ORIGIN}(?:,{ORIGIN})*)?"


class ConfigError(Exception):
    """The error of a setting that cannot be used. The message names the variable."""


def setting(default: Any, text: str, least: int | None = None, most: int | None = None) -> Any:
    return dataclasses.field(default=default, metadata={"help": text, "least": least, "most": most})


@dataclasses.dataclass(frozen=True)
class Settings:
    database_url: str = setting(
        "sqlite:///counterclaim.db", "Database: `sqlite:///path/to/file` or `postgresql://user@host/name`."
    )
    read_database_url: str = setting(
        "",
        "Read replica of the PostgreSQL database, which answers requests without a key; empty: the database answers "
        "them.",
    )
    public_url: str = setting(
        "http://127.0.0.1:8000", "Address under which clients reach the API; every link begins with it."
    )
    trusted_hosts: str = setting(
        "",
        "Host names to answer to, separated by commas, in addition to that of the public URL and loopback; `*` "
        "answers to all.",
    )
    embed_hosts: str = setting(
        "*",
        "Origins whose pages may show `/embed` in a frame, separated by commas, such as `https://news.example`; `*`: "
        "all; empty: none. No other page can be framed.",
    )
    contact: str = setting(
        "mailto:errors@counterclaim.example", "Address where readers report an error: a mailto: or https: URL."
    )
    licence: str = setting("CC BY 4.0", "Licence of the compilation, sent with every answer.")
    secret_file: str = setting(
        "counterclaim.secret", "File of the secret that signs cursors; made with mode 600 if it is missing."
    )
    log_key_file: str = setting(
        "counterclaim.log-key",
        "File of the key that signs the log's checkpoints; made with mode 600 if it is missing. It names the log "
        "permanently by the public URL at that time.",
    )
    log_policy_file: str = setting(
        "",
        "File with the witnesses that `flask log witness` asks, and their quorum: a C2SP tlog-policy. Empty: none.",
    )
    webhook_hosts: str = setting(
        "",
        "Hosts to which webhooks may be sent, separated by commas: `hooks.example.org`, `*.example.org`, `*`, or "
        "`10.0.0.5:8123` with a port, also over http. Empty: there are no webhooks.",
    )
    cache_seconds: int = setting(60, "Seconds that a shared cache may keep an answer.", 0, 86_400)
    response_cache_mb: int = setting(
        32,
        "Megabytes of memory for answers that are kept, compressed, in each worker; 0: none is kept or compressed.",
        0,
        65_536,
    )
    statement_seconds: int = setting(5, "Seconds that one database query may take; exports have no limit.", 1, 600)
    reads_per_minute: int = setting(
        12_000,
        "Requests allowed per minute from one address (IPv6: one /64), in each worker; 0: no limit.",
        0,
        1_000_000,
    )
    writes_per_minute: int = setting(
        6_000, "Writes allowed per minute by one key, in each worker; 0: no limit.", 0, 1_000_000
    )
    costly_slots: int = setting(
        2, "Statistics and downloads that each worker computes at the same time; 0: no limit.", 0, 64
    )
    costly_seconds_per_minute: int = setting(
        60,
        "Seconds per minute that statistics and downloads of one address may take, in each worker; 0: no limit.",
        0,
        3_600,
    )
    rate_storage: str = setting(
        "memory://",
        "Storage for request counts: `memory://` in each worker separately, `redis://host:6379` over all workers "
        "(needs the Python package redis).",
    )
    proxy_hops: int = setting(
        0,
        "Number of proxies in front that add to `X-Forwarded-For`; the client address is the one that the first "
        "proxy saw. 0: trust no header.",
        0,
        10,
    )
    image_folder: str = setting(
        "",
        "Folder of the columnar images for statistics, which you can delete at any time. Default: next to the "
        "SQLite database (`<database>.image`), or for PostgreSQL in the user's cache folder.",
    )
    statistics_megabytes: int = setting(256, "Megabytes of memory for statistics, in each worker.", 64, 65_536)
    statistics_threads: int = setting(1, "Threads that compute one statistic, in each worker.", 1, 64)
    bulk_megabytes: int = setting(
        1_024,
        "Megabytes of disk for flat answers of a revision or release, which have a length and can be resumed; 0: they "
        "are streamed.",
        0,
        1_048_576,
    )
    bulk_folder: str = setting(
        "",
        "Folder of these answers, which you can delete at any time. Default: next to the SQLite database "
        "(`<database>.answers`), or for PostgreSQL in the user's cache folder.",
    )
    write_wait_seconds: int = setting(5, "Seconds that a write waits for other writes before it gets 503.", 1, 600)
    drain_seconds: int = setting(30, "Seconds that running answers have to end when the server stops.", 1, 3_600)
    metrics: str = setting(
        "",
        "Networks that may read `/metrics`, separated by commas, such as `127.0.0.1,::1` or `10.0.0.0/8`. Empty: there "
        "is no `/metrics`, and nothing is counted.",
    )
    metrics_folder: str = setting(
        "",
        "Folder of the counts, which all processes of a server share. Default: in the memory of the machine "
        "(`/dev/shm`), or where there is none in the temporary folder. Not on a disk that can be full.",
    )
    log_format: str = setting("text", "Form of the log: `text`, or `json` with one object a line.")
    log_requests: str = setting(
        "",
        "A line in the log for each request: `none`; `anonymous`, without the client's address; `network`, with its "
        "/24 or IPv6 /48; `address`. Default: `network` for `json`, `none` for `text`.",
    )
    slow_seconds: float = setting(
        2.0,
        "Seconds after which the log names a question, with its slowest statement and its plan; 0: never.",
        0,
        3_600,
    )
    least_free_mb: int = setting(
        512, "Megabytes that must be free on the disk; with less, `/readyz` warns. 0: it never does.", 0, 1_048_576
    )
    greatest_body: int = setting(1_048_576, "Greatest request body in bytes.", 1024, 1_073_741_824)

    def __post_init__(self) -> None:
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ConfigError(
                f"{variable_of('database_url')} is {self.database_url!r}. It must start with sqlite:/// or postgresql://."
            )
        if self.read_database_url and not self._is_replicated():
            raise ConfigError(
                f"{variable_of('read_database_url')} is {self.read_database_url!r}. It must start with postgresql://, "
                f"and {variable_of('database_url')} too: only PostgreSQL has replicas."
            )
        if self.database_url.startswith("sqlite:///"):
            _check_path("database_url", self.database_url.removeprefix("sqlite:///"))
        _check_path("secret_file", self.secret_file)
        _check_path("log_key_file", self.log_key_file)
        if not self.public_url.startswith(("http://", "https://")) or self.public_url.endswith("/"):
            raise ConfigError(
                f"{variable_of('public_url')} is {self.public_url!r}. It must be an http(s) URL without a final slash."
            )
        if not re.fullmatch(FRAMING_ORIGINS, self.embed_hosts):
            raise ConfigError(
                f"{variable_of('embed_hosts')} is {self.embed_hosts!r}. It must be `*`, or origins separated by "
                "commas, such as https://news.example,https://*.press.example."
            )
        if not self.contact.startswith(("mailto:", "https://")):
            raise ConfigError(f"{variable_of('contact')} is {self.contact!r}. It must be a mailto: or https: URL.")
        _check_word("log_format", self.log_format, FORMATS)
        _check_word("log_requests", self.log_requests, REQUEST_LINES)
        parse_networks(self.metrics)

    def _is_replicated(self) -> bool:
        urls = (self.database_url, self.read_database_url)
        return all(url.startswith(("postgresql://", "postgres://")) for url in urls)


def folder_beside_database(settings: Settings, chosen: str, kind: str) -> pathlib.Path:
    """Return the folder for files that can be deleted: the chosen one, one beside SQLite, or in the user's cache.

    `kind` is its ending: `counterclaim.db.answers`.
    """
    url = settings.database_url
    digest = hashlib.sha256(url.encode()).hexdigest()[:24]  # the address of a database may have a password
    if chosen:
        return pathlib.Path(chosen).absolute() / digest
    if url.startswith("sqlite:///"):
        return pathlib.Path(f"{url.removeprefix('sqlite:///')}.{kind}").absolute()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(base) or not os.access(os.path.dirname(base), os.W_OK):
        base = f"{tempfile.gettempdir()}/cache-{os.getuid()}"
    return pathlib.Path(base) / "counterclaim" / kind / digest


def folder_of_metrics(settings: Settings) -> pathlib.Path:
    """Return the folder of the counts of this user's processes for this database.

    They are mapped into memory: on a full disk the kernel would kill the process that counts.
    """
    url = settings.database_url
    if url.startswith("sqlite:///"):
        url = os.path.abspath(url.removeprefix("sqlite:///"))
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    folder = settings.metrics_folder or f"{base}/counterclaim-metrics-{os.getuid()}"
    return pathlib.Path(folder).absolute() / hashlib.sha256(url.encode()).hexdigest()[:24]


IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(text: str) -> list[IPNetwork]:
    """Return the networks of the setting `metrics`. Raises `ConfigError`."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigError(
            f"{variable_of('metrics')} is {text!r}: {error}. Give addresses or networks separated by commas, such as "
            "127.0.0.1,10.0.0.0/8."
        ) from None


def _check_word(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        listed = ", ".join(filter(None, words))
        raise ConfigError(f"{variable_of(name)} is {value!r}. It must be one of: {listed}.")


def _check_path(name: str, path: str) -> None:
    """Raise `ConfigError` without a file name or its folder. A mistyped folder must not start a second database."""
    file = pathlib.Path(path)
    if not path or file.is_dir():
        raise ConfigError(f"{variable_of(name)} is {path!r}, which is not a file. Give the path of a file.")
    if not file.absolute().parent.is_dir():
        raise ConfigError(
            f"{variable_of(name)} is in the folder {file.absolute().parent}, which does not exist. Make it first."
        )


def variable_of(name: str) -> str:
    return f"COUNTERCLAIM_{name.upper()}"


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Load the settings from `COUNTERCLAIM_*` variables. Raises `ConfigError`, also for an unknown variable."""
    fields_by_variable = {variable_of(field.name): field for field in dataclasses.fields(Settings)}
    for name in environment:
        if name.startswith("COUNTERCLAIM_") and name not in fields_by_variable:
            raise ConfigError(f"{name} is not a setting. Settings: {', '.join(fields_by_variable)}.")
    values = {
        field.name: _parse_value(name, field, environment[name])
        for name, field in fields_by_variable.items()
        if name in environment
    }
    return Settings(**values)


def _parse_value(name: str, field: "dataclasses.Field[Any]", text: str) -> Any:
    least, most = field.metadata["least"], field.metadata["most"]
    if field.type is float:
        if not (re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and least <= float(text) <= most):
            raise ConfigError(f"{name} is {text!r}. It must be a number from {least} to {most}, such as 0.5.")
        return float(text)
    if field.type is not int:
        return text
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ConfigError(f"{name} is {text!r}. It must be a whole number from {least} to {most}.")
    return int(text)
