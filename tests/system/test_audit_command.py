"""`make audit` answers for every package, or says that it has no answer: pip-audit alone skips and succeeds."""

import http.server
import json
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.servers import ROOT, free_port

sys.path.append(str(ROOT / "deploy"))
import audit

PINS = audit.count_pins(audit.REQUIREMENTS)
SKIPPED = {"name": "flask", "skip_reason": "Dependency not found on PyPI and could not be audited: flask (3.1.3)"}
CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "flask", "version": "3.1.3", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": []}]}


def make_report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("report", "pins", "code", "line"),
    [
        (make_report(CLEAN, CLEAN), 2, audit.SAFE, "osv knows no vulnerability of the 2 pinned packages"),
        (make_report(CLEAN, BAD), 2, audit.VULNERABLE, "flask 3.1.3: PYSEC-2026-1"),
        (make_report(SKIPPED, BAD), 2, audit.VULNERABLE, "flask 3.1.3: PYSEC-2026-1"),
        (make_report(SKIPPED, SKIPPED), 2, audit.NO_ANSWER, "no answer from osv for 2 of 2"),
        (make_report(CLEAN, SKIPPED), 2, audit.NO_ANSWER, "no answer from osv for 1 of 2"),
        (make_report(CLEAN), 2, audit.NO_ANSWER, "no answer from osv for 1 of 2"),
        (make_report(), 2, audit.NO_ANSWER, "no answer from osv for 2 of 2"),
        ("", 2, audit.NO_ANSWER, "no answer from osv"),
        ("Traceback (most recent call last):", 2, audit.NO_ANSWER, "no answer from osv"),
    ],
)
def test_no_answer_is_a_failure(report: str, pins: int, code: int, line: str) -> None:
    assert audit.judge_report(report, pins, "osv") == (code, [line])


def test_every_pin_is_counted() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert len([line for line in lines if line and line[0].isalpha()]) == PINS > 30


@contextmanager
def answering(vulnerable: str | None, status: int = 200) -> Iterator[str]:
    """Stand in for osv.dev on loopback, with one vulnerable package or none."""

    class Service(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            body = {}
            if asked == vulnerable:
                affected = [{"package": {"name": asked, "ecosystem": "PyPI"}, "ranges": [], "versions": []}]
                body = {"vulns": [{"id": "PYSEC-2026-1", "summary": "Invented.", "affected": affected}]}
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        finally:  # also for a test that is skipped: the thread of a closed socket would never rest
            server.shutdown()
            thread.join()


def run_audit(url: str, tmp_path: pathlib.Path) -> tuple[int, str]:
    if not audit.PIP_AUDIT.exists():
        pytest.skip("pip-audit is not installed: make .venv-tools/installed")
    command = [sys.executable, "deploy/audit.py", "--osv-url", url, "--cache-dir", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout


@pytest.mark.parametrize(
    ("vulnerable", "status", "code", "line"),
    [
        (None, 200, audit.SAFE, f"osv knows no vulnerability of the {PINS} pinned packages"),
        ("flask", 200, audit.VULNERABLE, "flask 3.1."),
        (None, 503, audit.NO_ANSWER, "No answer: nothing is known"),
    ],
)
def test_a_service_is_asked_for_every_pinned_package(
    vulnerable: str | None, status: int, code: int, line: str, tmp_path: pathlib.Path
) -> None:
    with answering(vulnerable, status) as url:
        ended, output = run_audit(url, tmp_path)
    assert (ended, line in output) == (code, True), output


def test_a_service_that_cannot_be_reached_is_no_answer(tmp_path: pathlib.Path) -> None:
    ended, output = run_audit(f"http://127.0.0.1:{free_port()}/v1/query", tmp_path)
    assert (ended, "no answer from osv" in output) == (audit.NO_ANSWER, True), output
