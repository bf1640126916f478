"""`make audit`: ask for the known vulnerabilities of every pinned package.

pip-audit ends with 0 when its source knows none of the packages: it skips them. Here a package without an answer is a
failure. The first source that answers for every package decides. Options are those of pip-audit, such as `--osv-url`.
It ends with 0 without a vulnerability, with 1 with one, and with 2 without an answer.
"""

import json
import pathlib
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).parents[1]
PIP_AUDIT = ROOT / ".venv-tools/bin/pip-audit"
REQUIREMENTS = ROOT / "requirements.txt"
SOURCES = ("pypi", "osv")
SAFE, VULNERABLE, NO_ANSWER = 0, 1, 2


class Verdict(NamedTuple):
    """The exit code, and the lines that explain it."""

    code: int
    lines: list[str]


def count_pins(requirements: pathlib.Path) -> int:
    return sum("==" in line and not line.startswith("#") for line in requirements.read_text().splitlines())


def judge_report(report: str, pins: int, source: str) -> Verdict:
    """Judge the JSON of pip-audit about `pins` packages. Other text is no answer."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Verdict(NO_ANSWER, [f"no answer from {source}"])
    answered = [package for package in packages if "skip_reason" not in package]
    vulnerable = [
        f"{package['name']} {package['version']}: {', '.join(found['id'] for found in package['vulns'])}"
        for package in answered
        if package["vulns"]
    ]
    if vulnerable:
        return Verdict(VULNERABLE, vulnerable)
    if len(answered) < pins or len(answered) < len(packages):
        return Verdict(NO_ANSWER, [f"no answer from {source} for {max(pins, len(packages)) - len(answered)} of {pins}"])
    return Verdict(SAFE, [f"{source} knows no vulnerability of the {pins} pinned packages"])


def ask_source(source: str, options: list[str]) -> Verdict:
    command = [
        str(PIP_AUDIT), "--requirement", str(REQUIREMENTS), "--require-hashes", "--disable-pip", "--format", "json",
        "--progress-spinner", "off", "--vulnerability-service", source, *options,
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return judge_report(ran.stdout, count_pins(REQUIREMENTS), source)


def main(options: list[str]) -> int:
    sources = ("osv",) if "--osv-url" in options else SOURCES
    for source in sources:
        verdict = ask_source(source, options)
        print("\n".join(verdict.lines), flush=True)
        if verdict.code != NO_ANSWER:
            return verdict.code
    print("No answer: nothing is known about these packages. Run it where a source can be reached.")
    return NO_ANSWER


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
