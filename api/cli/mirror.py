"""`flask mirror`: follow another server, and serve the same records."""

import signal
import threading
import urllib.parse
from types import FrameType

import click

from api.change_log.checkpoint import CheckpointError
from api.change_log.mirrored_origin import MirroredOrigin, MirrorError, note_failure, read_origin
from api.change_log.outside_requests import OutsideError
from api.cli.arguments import FilledText
from api.database.connection import database
from api.recovery.follow_origin import begin_mirror, follow_origin
from api.recovery.origin_reader import OriginReader


def _check_url(context: click.Context, parameter: click.Parameter, url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urllib.parse.urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:  # a bracket without its pair
        good = False
    if not good:
        raise click.BadParameter(f"{url!r} is no address of a server, such as https://claims.example.org.")
    return url


@click.command("mirror")
@click.option(
    "--from",
    "url",
    type=FilledText(),
    callback=_check_url,
    help="Follow the server at this URL (default: the one that was followed last).",
)
@click.option(
    "--verifier",
    type=FilledText(),
    help="Require this key of the log (default: trust the key that the server shows first).",
)
@click.option("--once", is_flag=True, help="End when everything is copied (default: wait for changes).")
@click.option("--seconds", default=30, type=click.IntRange(1, 600), help="Ask every N seconds (default 30).")
def mirror_server(url: str | None, verifier: str | None, once: bool, seconds: int) -> None:
    """Copy another server by its log, into an empty database. Run one such process beside the server of the mirror."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM,)}
    try:
        with database.connection_context():
            reader = OriginReader(url or _last_url())
            origin = begin_mirror(reader, verifier)
        click.echo(f"Following {reader.url}, key {origin.verifier}")
        while not stopped.is_set():
            with database.connection_context():
                is_complete = _follow_until(stopped, reader, origin, once)
            if once and is_complete:
                return
            stopped.wait(seconds)
    except (MirrorError, CheckpointError, OutsideError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _last_url() -> str:
    origin = read_origin()
    if origin is None:
        raise click.ClickException("This database follows no server yet. Name one with --from.")
    return origin.url


def _follow_until(stopped: threading.Event, reader: OriginReader, origin: MirroredOrigin, is_once: bool) -> bool:
    """Copy what is new. Return whether all is copied. A server that does not answer is asked again later."""
    try:
        for progress in follow_origin(reader, origin):
            click.echo(f"Revision {progress.revision}: {progress.size} entries.")
            if stopped.is_set():
                return False
    except (MirrorError, CheckpointError) as error:
        note_failure(str(error))
        raise
    except OutsideError as error:
        note_failure(f"{error}. It is asked again.")
        if is_once:
            raise
        click.echo(f"{error}. Trying again.", err=True)
        return False
    return True
