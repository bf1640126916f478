"""A container file, built and run without an engine: bubblewrap gives each stage a root of its own.

The base image is this machine: its `/usr`, and this Python as `/usr/local`, which is where the image has its own.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.support.servers import ROOT

FILE = ROOT / "deploy" / "Containerfile"
Instruction = tuple[str, str]
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
EMPTY_FOLDERS = ("data", "dev", "opt", "proc", "run", "tmp", "usr", "var", "root")
#: What the image has of the system besides `/usr`. Programs find names and certificates by these settings.
SYSTEM_FILES = ("hosts", "ld.so.cache", "login.defs", "nsswitch.conf", "resolv.conf", "ssl")
USERS = {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "shadow": "root:*:1::::::\n"}


def read_instructions() -> list[Instruction]:
    """Return each instruction of the container file with its arguments."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line]


def find_obstacle() -> str:
    """Return why this machine cannot build: no bubblewrap, no root, or only the Python of the system."""
    missing = [name for name in ("bwrap", "setpriv", "useradd", "git") if not shutil.which(name)]
    if missing:
        return f"needs {', '.join(missing)}"
    if os.geteuid() != 0:
        return "needs root, which makes the user of the container"
    return "needs a Python outside /usr, as the base image has" if sys.base_prefix == "/usr" else ""


class Image:
    """A root folder, made by the instructions of one stage after the other."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.stages = folder, dict[str, pathlib.Path]()
        self.root, self.workdir, self.user = folder / "none", "/", ""
        self.environment = {"PATH": PATH}
        self.command: list[str] = []
        self.health: list[str] = []

    def build(self) -> None:
        for name, words in read_instructions():
            getattr(self, f"_do_{name.lower()}", self._ignore)(words)

    def _ignore(self, words: str) -> None:
        """ARG, EXPOSE, VOLUME and STOPSIGNAL change nothing here."""

    def _do_from(self, words: str) -> None:
        """Begin a stage with a root of its own."""
        self.root = self.folder / f"root{len(self.stages)}"
        self.stages[words.split(" AS ")[-1]] = self.root
        for name in (*EMPTY_FOLDERS, sys.base_prefix.lstrip("/")):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "tmp").chmod(0o1777)
        (self.root / "etc").mkdir()
        for name, text in USERS.items():
            (self.root / "etc" / name).write_text(text)
        for path in (pathlib.Path("/etc") / name for name in SYSTEM_FILES):
            if path.is_dir():
                shutil.copytree(path, self.root / "etc" / path.name, symlinks=True)
            elif path.exists():
                shutil.copyfile(path, self.root / "etc" / path.name)
        for path in pathlib.Path("/").glob("*bin"), pathlib.Path("/").glob("lib*"):
            for link in (found for found in path if found.is_symlink()):
                (self.root / link.name).symlink_to(link.readlink())

    def _do_workdir(self, words: str) -> None:
        self.workdir = words
        self._inside(words).mkdir(parents=True)

    def _do_copy(self, words: str) -> None:
        """Copy files of a stage, or those of the repository that git knows: a clean checkout has no others."""
        *sources, target = words.split()
        if sources[0].startswith("--from="):
            stage = self.stages[sources.pop(0).removeprefix("--from=")]
            subprocess.run(["cp", "--archive", f"{stage}{sources[0]}", f"{self.root}{target}"], check=True)
            return
        goal = self._inside(os.path.join(self.workdir, target))
        for source in sources:
            listed = subprocess.run(
                ["git", "ls-files", "-z", "--", source], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout
            files = [name for name in listed.split("\0") if name]
            assert files, f"{source} is not in the repository"
            for name in files:
                under = pathlib.PurePath(name).relative_to(source) if name != source else None
                path = goal / under if under else (goal / source if goal.is_dir() else goal)
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, path)

    def _do_run(self, words: str) -> None:
        ran = self.run(["sh", "-c", words], is_built=False)
        assert ran.returncode == 0, f"{words}: {ran.stdout[-500:]}{ran.stderr[-2000:]}"

    def _do_env(self, words: str) -> None:
        self.environment |= dict(word.split("=", 1) for word in shlex.split(words))

    def _do_user(self, words: str) -> None:
        self.user = words.split(":")[0]

    def _do_cmd(self, words: str) -> None:
        self.command = _parse_list(words)

    def _do_healthcheck(self, words: str) -> None:
        self.health = _parse_list(words.partition("CMD ")[2])

    def _inside(self, path: str) -> pathlib.Path:
        return self.root / path.lstrip("/")

    def run(self, command: Sequence[str], is_built: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end: in the built image as its user, or as an instruction."""
        return subprocess.run(self.wrap(command, is_built), capture_output=True, text=True, check=False)

    def wrap(self, command: Sequence[str], is_built: bool = True) -> list[str]:
        """Return the command that runs in the image: as its user, and nothing is writable but `/data` and memory."""
        bind = "--ro-bind" if is_built else "--bind"
        words = ["bwrap", "--die-with-parent", bind, str(self.root), "/", "--ro-bind", "/usr", "/usr"]
        for place in ("/usr/local", sys.base_prefix):  # a Python may look for its library where it was built
            words += ["--ro-bind", sys.base_prefix, place]
        words += ["--dev", "/dev", "--proc", "/proc"]
        words += ["--tmpfs", "/dev/shm", "--chdir", self.workdir, "--clearenv"]
        environment = self.environment
        if is_built:
            words += ["--bind", str(self.root / "data"), "/data", "--tmpfs", "/tmp"]
            identity = [f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--no-new-privs"]
            command = ["setpriv", *identity, "--bounding-set=-all", "--inh-caps=-all", *command]
        else:
            settings = read_pip_settings()
            environment = environment | settings
            words += [word for path in find_pip_files(settings) for word in ("--ro-bind", path, path)]
        for name, value in environment.items():
            words += ["--setenv", name, value]
        return [*words, *command]


def _parse_list(words: str) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', words)


def read_pip_settings() -> dict[str, str]:
    """Return how pip finds packages on this machine, as variables: the image has no settings of its own."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", listed, re.MULTILINE)
    return {f"PIP_{name.upper().replace('-', '_')}": value for name, value in found}


def find_pip_files(settings: Mapping[str, str]) -> list[str]:
    """Return the files and folders of this machine that the settings of pip name. An index has its files beside it."""
    words = {word for value in settings.values() for word in value.split()}
    indexes = {
        os.path.dirname(word.removeprefix("file://").rstrip("/")) for word in words if word.startswith("file://")
    }
    return sorted(word for word in words | indexes if word.startswith("/") and os.path.exists(word))
