"""The programs of the cluster: started with the files of deploy/cluster, and stopped by their process numbers."""

import contextlib
import glob
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.support.servers import ROOT
from tests.support.waiting import wait_until

FILES = ROOT / "deploy" / "cluster"
#: Program → the package of Debian that has it.
PACKAGES = {
    "etcd": "etcd-server",
    "patroni": "patroni",
    "haproxy": "haproxy",
    "pgbouncer": "pgbouncer",
}
#: Cache → its program. Its package has the name of the cache.
CACHES = {"varnish": "varnishd", "nginx": "nginx"}
PATHS = f"{os.environ.get('PATH', '')}:/usr/sbin"
NODES = ("pg1", "pg2", "pg3")
INSTANCES = (1, 2)
FIRST_PORT = 18_400
PORTS = {
    name: FIRST_PORT + offset
    for name, offset in {
        "ETCD": 1, "ETCD_PEER": 2,
        "PG_1": 11, "PG_2": 12, "PG_3": 13, "REST_1": 21, "REST_2": 22, "REST_3": 23,
        "PRIMARY": 30, "READ_1": 31, "READ_2": 32, "POOL": 40, "APP_1": 51, "APP_2": 52,
        "FRONT": 60, "BALANCE": 61, "CACHE": 70, "MIRROR": 80,
    }.items()
}  # fmt: skip


def find_missing(cache: str = "varnish") -> list[str]:
    """Return the packages of Debian that this machine lacks."""
    packages = PACKAGES | {CACHES[cache]: cache}
    missing = [package for program, package in packages.items() if not shutil.which(program, path=PATHS)]
    return missing + ([] if find_postgres() else ["postgresql-15"])


def find_postgres() -> str:
    """Return the folder of the programs of the newest PostgreSQL; empty: none."""
    return max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]), default="")


def find_user() -> str | None:
    """Return the user for programs that refuse to run as root; None: this user."""
    return "postgres" if os.getuid() == 0 else None


class Cluster:
    """The programs that run, by name. Their files and logs are in `folder`."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.running = folder, dict[str, "subprocess.Popen[bytes]"]()
        self.values = {f"{name}_PORT": str(port) for name, port in PORTS.items()}
        self.values |= {"FOLDER": str(folder), "POSTGRES_BIN": find_postgres()}
        folder.chmod(0o755)
        if user := find_user():
            shutil.chown(folder, user)

    # Starting and stopping

    def start(
        self, name: str, command: list[str], environment: dict[str, str] | None = None, own: bool = False
    ) -> None:
        """Start a program in a session of its own. `own`: as this user."""
        program = shutil.which(command[0], path=PATHS) or command[0]
        user = None if own else find_user()
        group = pwd.getpwnam(user).pw_gid if user else None
        with open(self.folder / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                [program, *command[1:]], cwd=ROOT if own else self.folder, env={**os.environ, **(environment or {})},
                stdout=log, stderr=log, user=user, group=group, extra_groups=[] if user else None,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """Kill a program at once, with the processes that it started."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Stop everything, the last first."""
        for name in reversed(list(self.running)):
            process = self.running[name]
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGCONT)
                process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for name in NODES:  # PostgreSQL leaves the session of its Patroni
            self.kill_postgres(name)
        self.running.clear()

    def fill(self, file: str, name: str = "", **values: str) -> str:
        """Write a file of deploy/cluster with its values filled in, and return its path."""
        path, known = self.folder / (name or file), self.values | values
        # The variables of nginx have small letters, and stay.
        path.write_text(re.sub(r"\$([A-Z][A-Z0-9_]*)", lambda found: known[found[1]], (FILES / file).read_text()))
        path.chmod(0o644)
        return str(path)

    def start_etcd(self) -> None:
        client, peer = (f"http://127.0.0.1:{PORTS[name]}" for name in ("ETCD", "ETCD_PEER"))
        self.start(
            "etcd",
            ["etcd", "--name", "one", "--data-dir", str(self.folder / "etcd"), "--listen-client-urls", client,
             "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
             "--initial-cluster", f"one={peer}", "--unsafe-no-fsync"],
        )  # fmt: skip

    def start_node(self, name: str) -> None:
        number = name.removeprefix("pg")
        values = {"NAME": name, "PORT": str(PORTS[f"PG_{number}"]), "REST_PORT": str(PORTS[f"REST_{number}"])}
        self.start(name, ["patroni", self.fill("patroni.yml", f"{name}.yml", **values)])

    def start_proxies(self) -> None:
        self.start("haproxy", ["haproxy", "-db", "-f", self.fill("haproxy.cfg")])
        self.start("pgbouncer", ["pgbouncer", self.fill("pgbouncer.ini")])

    def start_cache(self, cache: str) -> None:
        if cache == "nginx":
            self.start("nginx", ["nginx", "-c", self.fill("cache-nginx.conf")])
            return
        listen = f"127.0.0.1:{PORTS['CACHE']}"
        self.start(
            "varnish",
            ["varnishd", "-F", "-j", "none", "-n", str(self.folder / "varnish"), "-a", listen, "-f",
             self.fill("cache.vcl"), "-s", "malloc,64m"],
        )  # fmt: skip

    def start_instance(self, number: int) -> None:
        bind = f"127.0.0.1:{PORTS[f'APP_{number}']}"
        command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", bind, "--workers", "2"]
        self.start(f"app{number}", command, self.environment(number), own=True)

    def environment(self, number: int) -> dict[str, str]:
        """Return the settings of an instance."""
        pool = f"postgresql://postgres@127.0.0.1:{PORTS['POOL']}"
        return {
            "COUNTERCLAIM_DATABASE_URL": f"{pool}/counterclaim",
            "COUNTERCLAIM_READ_DATABASE_URL": f"{pool}/read_{number}",
            "COUNTERCLAIM_PUBLIC_URL": f"http://127.0.0.1:{PORTS['FRONT']}",
            "COUNTERCLAIM_SECRET_FILE": str(self.folder / "secret"),
            "COUNTERCLAIM_LOG_KEY_FILE": str(self.folder / "log-key"),
            "COUNTERCLAIM_BULK_FOLDER": str(self.folder / f"answers{number}"),
            "COUNTERCLAIM_IMAGE_FOLDER": str(self.folder / f"image{number}"),
            "COUNTERCLAIM_PROXY_HOPS": "2",
            "COUNTERCLAIM_READS_PER_MINUTE": "0",
        }

    def command(self, *words: str, settings: dict[str, str] | None = None) -> str:
        """Run a command of the product with these settings, or as instance 1, and return what it prints."""
        result = subprocess.run(
            [str(ROOT / ".venv/bin/flask"), "--app", "wsgi", *words], cwd=ROOT, text=True, capture_output=True,
            env={**os.environ, **(settings or self.environment(1))}, check=False,
        )  # fmt: skip
        assert result.returncode == 0, (words, result.stdout, result.stderr)
        return result.stdout

    # PostgreSQL

    def members(self) -> dict[str, dict[str, Any]]:
        """Return what Patroni knows of each node, by name; empty while no node answers."""
        for number in (1, 2, 3):
            with contextlib.suppress(OSError, ValueError):
                url = f"http://127.0.0.1:{PORTS[f'REST_{number}']}/cluster"
                with urllib.request.urlopen(url, timeout=2) as answer:
                    return {member["name"]: member for member in json.load(answer)["members"]}
        return {}

    def leader(self) -> str | None:
        members = self.members().values()
        return next((found["name"] for found in members if found["role"] in ("leader", "master")), None)

    def is_whole(self) -> bool:
        """Return whether the primary runs and both standbys confirm its commits."""
        members = self.members().values()
        return sorted(found["role"] for found in members if found["state"] in ("running", "streaming")) == [
            "leader", "sync_standby", "sync_standby",
        ]  # fmt: skip

    def wait_whole(self) -> None:
        wait_until(self.is_whole, 120)

    def postgres_number(self, name: str) -> int | None:
        """Return the process number of a PostgreSQL that runs."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            number = int((self.folder / name / "postmaster.pid").read_text().split()[0])
            command = pathlib.Path(f"/proc/{number}/cmdline").read_bytes()
            return number if str(self.folder).encode() in command else None
        return None

    def kill_postgres(self, name: str) -> None:
        """Kill the PostgreSQL of a node, all of its processes."""
        if number := self.postgres_number(name):
            children = list_children(number)
            for process in (number, *children):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def kill_machine(self, name: str) -> None:
        """Kill PostgreSQL and Patroni of a node, as when its machine is lost."""
        os.kill(self.running[name].pid, signal.SIGSTOP)
        self.kill_postgres(name)
        self.kill(name)

    def cpu_seconds(self) -> Counter[str]:
        """Return the CPU seconds of each program with its children. `postgresql` is of all nodes together."""
        groups = {process.pid: name.rstrip("12") for name, process in self.running.items() if name not in NODES}
        servers = {number for name in NODES if (number := self.postgres_number(name))}
        seconds: Counter[str] = Counter()
        for path in glob.glob("/proc/[0-9]*/stat"):
            with contextlib.suppress(OSError):
                number, fields = int(path.split("/")[2]), pathlib.Path(path).read_text().rpartition(") ")[2].split()
                parent, group = int(fields[1]), int(fields[2])
                name = "postgresql" if servers & {number, parent} else groups.get(group)
                if name:
                    seconds[name] += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        return seconds

    def find_receiver(self, name: str) -> int:
        """Return the process that receives the log of the primary at a replica."""
        number = self.postgres_number(name)
        assert number
        titles = {child: pathlib.Path(f"/proc/{child}/cmdline").read_bytes() for child in list_children(number)}
        return next(child for child, title in titles.items() if b"walreceiver" in title)


def list_children(number: int) -> Iterable[int]:
    text = pathlib.Path(f"/proc/{number}/task/{number}/children").read_text()
    return [int(child) for child in text.split()]
