"""Send one signed message. The connection goes to the network address that was checked, and to no other."""

import urllib3
from urllib3.exceptions import HTTPError

from api.webhooks.allowed_hosts import RefusedAddressError, check_url, resolve_target

TIMEOUT = urllib3.Timeout(connect=5, read=10)
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
    try:
        target = check_url(url, setting)
        address = resolve_target(target)
    except RefusedAddressError as refused:
        raise UndeliveredError(str(refused)) from None
    pool: urllib3.HTTPConnectionPool
    if target.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            target.port,
            timeout=TIMEOUT,
            cert_reqs="CERT_REQUIRED",
            server_hostname=target.host,
            assert_hostname=target.host,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, target.port, timeout=TIMEOUT)
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
