"""Send one signed message. The connection goes to the network address that was checked, and to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.webhooks.allowed_hosts import RefusedAddressError, check_url, resolve_target

if TYPE_CHECKING:
    import urllib3

CONNECT_SECONDS, READ_SECONDS = 5, 10
GONE = 410


class UndeliveredError(Exception):
    """A message that was not accepted. `is_final`: its receiver wants no more."""

    def __init__(self, reason: str, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_final = reason, is_final


def send_message(url: str, setting: str, headers: dict[str, str], body: bytes) -> None:
    """POST a body to a URL that the setting allows. Raise `UndeliveredError` unless the answer is 2xx.

    A redirect is followed nowhere: its target was not checked. The body of the answer is not read.
    """
    import urllib3  # servers and commands that send nothing do not load it
    from urllib3.exceptions import HTTPError

    try:
        target = check_url(url, setting)
        address = resolve_target(target)
    except RefusedAddressError as refused:
        raise UndeliveredError(str(refused)) from None
    pool: urllib3.HTTPConnectionPool
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    if target.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            target.port,
            timeout=timeout,
            cert_reqs="CERT_REQUIRED",
            server_hostname=target.host,
            assert_hostname=target.host,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, target.port, timeout=timeout)
    fields = {**headers, "Host": target.host_field, "Content-Type": "application/json", "User-Agent": "Counterclaim"}
    try:
        answer = pool.urlopen("POST", target.path, body, fields, retries=False, redirect=False, preload_content=False)
        answer.close()
    except HTTPError as error:
        raise UndeliveredError(f"No answer: {type(error).__name__}.") from None
    finally:
        pool.close()
    if not 200 <= answer.status < 300:
        raise UndeliveredError(f"The answer was {answer.status}.", is_final=answer.status == GONE)
