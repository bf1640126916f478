"""The lines of the log, as text or JSON. No line has a key or a password."""

import datetime
import functools
import ipaddress
import json
import logging
import re

TEXT, JSON = "text", "json"
FORMATS = (TEXT, JSON)
NO_REQUESTS, ANONYMOUS, NETWORK, ADDRESS = "none", "anonymous", "network", "address"
REQUEST_LINES = ("", NO_REQUESTS, ANONYMOUS, NETWORK, ADDRESS)
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SHORTENED = {4: 24, 6: 48}  # bits of a network, by the version of the address
HIDDEN = "***"
#: Parameters by which clients of other servers send a key.
PARAMETERS = "api_?key|key|token|access_token|authorization|password|secret"
KEY = re.compile(r"(cst(?:_|%5[Ff])k[0-9a-f]{8}(?:_|%5[Ff]))[\w%-]+")
#: Text with a secret → the same without it. A key keeps its id, which is public: `cst_k1234abcd_***`.
SECRETS = (
    (KEY, rf"\g<1>{HIDDEN}"),
    (re.compile(r"(PRIVATE\+KEY\+)[^\s\"]+"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"\b(whsec_)[\w+/=-]+"), rf"\g<1>{HIDDEN}"),
    (re.compile(r"\b(Bearer\s+)(?!cst_)[\w.~+/=-]+", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
    (re.compile(r"(://[^/\s:@\"]*:)[^/\s@\"]+(@)"), rf"\g<1>{HIDDEN}\g<2>"),
    (re.compile(rf"([?&](?:{PARAMETERS})=)[^&\s\"']+", re.IGNORECASE), rf"\g<1>{HIDDEN}"),
)


def has_key(text: str) -> bool:
    """Return whether there is an API key in the text."""
    return "cst" in text and KEY.search(text) is not None


def hide_keys(text: str) -> str:
    """Return the text without API keys."""
    return KEY.sub(rf"\g<1>{HIDDEN}", text)


def hide_secrets(text: str) -> str:
    """Return the text without keys, passwords in URLs, and values of parameters that may be keys."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


@functools.lru_cache(4096)
def shorten_address(address: IPAddress | None, policy: str) -> str | None:
    """Return what the policy lets the log have of a client's address: `192.0.2.77` → `192.0.2.0/24` by `network`."""
    if address is None or policy not in (NETWORK, ADDRESS):
        return None
    bits = SHORTENED[address.version]
    return str(ipaddress.ip_network((address, bits), strict=False) if policy == NETWORK else address)


def format_time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat(timespec="milliseconds")


class TextFormatter(logging.Formatter):
    """Lines for people, in gunicorn's form. `facts` of a record follow, each in a line of its own."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = getattr(record, "facts", {})
        lines = [super().format(record), *(f"  {name}: {_indent(value)}" for name, value in facts.items())]
        return hide_secrets("\n".join(lines))


def _indent(value: object) -> str:
    return "".join(f"\n    {line}" for line in value) if isinstance(value, list) else str(value)


class JsonFormatter(logging.Formatter):
    """One JSON object a line. `facts` of a record become fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": format_time(record.created),
            "level": record.levelname.lower(),
            "process": record.process,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        # The texts, not the JSON: there a hidden word could end in the middle of an escaped character.
        return json.dumps(_hide_in(line), ensure_ascii=False, default=str)


def _hide_in(value: object) -> object:
    if isinstance(value, str):
        return hide_secrets(value)
    if isinstance(value, dict):
        return {name: _hide_in(inner) for name, inner in value.items()}
    return [_hide_in(inner) for inner in value] if isinstance(value, list) else value
