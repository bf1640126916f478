"""The files of deploy/: units that systemd accepts and sandboxes, a container that needs no writable system."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import pytest

from tests.support.containers import read_instructions
from tests.support.servers import ROOT, free_port, listens, send
from tests.test_operator_commands import list_commands

DEPLOY = ROOT / "deploy"
UNITS = ("counterclaim.service", "counterclaim-costly.service", "counterclaim-webhooks.service")
MOST_EXPOSED = 20  # tenths of what `systemd-analyze security` calls exposure; an unrestricted service has 96


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_valid_and_sandboxed(name: str, tmp_path: pathlib.Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / name).read_text()
    here = text.replace("/opt/counterclaim/.venv/bin", str(pathlib.Path(sys.executable).parent))
    for unit in UNITS:  # one names the other
        (tmp_path / unit).write_text(here if unit == name else "[Service]\nExecStart=/bin/true\n")
    environment = os.environ | {"SYSTEMD_LOG_LEVEL": "warning"}
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in verified.stderr.splitlines() if str(tmp_path / name) in line] == []
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(tmp_path / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout[-200:] + judged.stderr


def test_all_units_have_the_same_sandbox_and_the_two_servers_their_own_address() -> None:
    marker = "# Nothing of the system is writable"
    texts = {name: (DEPLOY / name).read_text() for name in UNITS}
    sandboxes = {name: text.partition(marker)[2].partition("UMask=0077")[0] for name, text in texts.items()}
    assert len(set(sandboxes.values())) == 1 and "NoNewPrivileges=yes" in sandboxes["counterclaim.service"]
    addresses = [address for text in texts.values() for address in re.findall(r"--bind (\S+)", text)]
    assert addresses == ["127.0.0.1:8000", "127.0.0.1:8001"]
    assert "Nice=10" in texts["counterclaim-costly.service"]


def test_the_files_are_installed_as_the_page_says(tmp_path: pathlib.Path) -> None:
    commands = [
        command.replace("/etc/", f"{tmp_path}/")
        for command in list_commands((ROOT / "docs/operators/security.md").read_text())
        if command.startswith("install ")
    ]
    assert len(commands) == 2
    (tmp_path / "systemd/system").mkdir(parents=True)
    for command in commands:
        subprocess.run(shlex.split(command), cwd=ROOT, check=True)
    assert (tmp_path / "counterclaim.env").stat().st_mode & 0o777 == 0o600
    installed = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "systemd/system").iterdir()}
    assert installed == dict.fromkeys(UNITS, 0o644)


def read_settings(text: str) -> dict[str, str]:
    return dict(re.findall(r"^\s*(?:ENV )?(COUNTERCLAIM_\w+)=([^\s\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["counterclaim.env", "Containerfile"])
def test_every_setting_of_an_installation_is_one(name: str, tmp_path: pathlib.Path) -> None:
    """Paths are moved into a temporary folder: that of the installation does not exist here."""
    settings = read_settings((DEPLOY / name).read_text())
    assert len(settings) >= 6
    for folder in ("/var/lib/counterclaim", "/data"):
        settings = {key: value.replace(folder, str(tmp_path)) for key, value in settings.items()}
    code = "from api.config import load_settings; print(load_settings().log_format)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "json\n"


def test_the_container_is_built_of_pinned_packages_and_ends_as_a_user() -> None:
    instructions = read_instructions()
    known = {
        "ARG",
        "FROM",
        "COPY",
        "RUN",
        "WORKDIR",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "CMD",
    }
    assert {name for name, _ in instructions} <= known
    (install,) = [words for name, words in instructions if "pip install" in words]
    assert "--require-hashes" in install and "--only-binary :all:" in install
    assert [words for name, words in instructions if name == "USER"] == ["10001:10001"]
    names = [name for name, _ in instructions]
    assert names.index("USER") > max(number for number, name in enumerate(names) if name in ("RUN", "COPY"))
    copied = [
        word for name, words in instructions if name == "COPY" and "--from" not in words for word in words.split()[:-1]
    ]
    assert [word for word in copied if not (ROOT / word).exists()] == []
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    assert [word for word in copied if f"!{word}" not in kept] == []


def test_the_container_serves_from_a_read_only_system() -> None:
    """Run the command of the container as its user, where only /data and the memory are writable."""
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    instructions = dict(read_instructions())
    port = free_port()
    settings = read_settings((DEPLOY / "Containerfile").read_text())
    command = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in json.loads(instructions["CMD"])]
    data = pathlib.Path(tempfile.mkdtemp(prefix="counterclaim-container-"))
    data.chmod(0o777)
    python = [sys.executable, "-m"]
    sandbox = [
        "bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/dev/shm", "--tmpfs", "/run",
        "--bind", str(data), "/mnt", "--unshare-user", "--uid", "10001", "--gid", "10001", "--cap-drop", "ALL",
        "--die-with-parent", "--chdir", str(ROOT), "--setenv", "HOME", "/mnt",
        "--setenv", "PYTHONDONTWRITEBYTECODE", "1",
    ]  # fmt: skip
    for name, value in settings.items():
        sandbox += ["--setenv", name, value.replace("/data", "/mnt")]
    tried = subprocess.run([*sandbox, "touch", f"{ROOT}/written"], capture_output=True, text=True, check=False)
    if "touch" not in tried.stderr:
        pytest.skip(f"this machine gives bubblewrap no user namespace: {tried.stderr.strip()}")
    assert "Read-only file system" in tried.stderr
    for words in ("upgrade", "log key --if-new", "seed"):
        subprocess.run([*sandbox, *python, "flask", "--app", "wsgi", *words.split()], check=True, capture_output=True)
    with open(data / "log", "w") as log:
        process = subprocess.Popen([*sandbox, *python, *command], stdout=log, stderr=log)
    try:
        assert listens(port, process), (data / "log").read_text()
        line = json.loads((data / "log").read_text().splitlines()[0])
        assert line["message"].startswith("Starting gunicorn")
        ready = send(port, b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert b'"log_key":"ok"' in ready, ready
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(data)


def test_the_bill_of_materials_has_every_pinned_package_with_its_hashes(tmp_path: pathlib.Path) -> None:
    program = ROOT / ".venv-tools/bin/cyclonedx-py"
    if not program.exists():
        pytest.skip("cyclonedx-py is not installed: make .venv-tools/installed")
    target = tmp_path / "sbom.json"
    recipe = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "cyclonedx-py requirements" in line)
    command = shlex.split(recipe.replace("counterclaim.cdx.json", str(target)))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    components = json.loads(target.read_text())["components"]
    listed = {
        (component["name"], component["version"]): {
            found["content"] for reference in component["externalReferences"] for found in reference.get("hashes", [])
        }
        for component in components
    }
    pins: dict[tuple[str, str], set[str]] = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if pin := re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", line):
            current = pins.setdefault((pin[1], pin[2]), set())
        elif digest := re.search(r"--hash=sha256:(\w+)", line):
            current.add(digest[1])
    assert len(pins) > 30 and all(pins.values())
    assert listed == pins
