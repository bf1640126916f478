"""Every command of the pages for operators is run by a test, or has a true reason why none runs it."""

import pathlib
import re

import pytest

from tests.support.servers import ROOT

PAGES = sorted((ROOT / "docs/operators").glob("*.md"))
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
CONTINUED = re.compile(r"(?:\\|(?<=&&)|(?<=\|))\n\s*")
#: A command, as its page prints it → the test that runs it, with other names of folders and databases.
RUN_BY = {
    "curl -s http://127.0.0.1:8000/readyz": "tests/web/test_readyz.py::test_every_part_is_named",
    "curl -s http://127.0.0.1:8000/metrics": (
        "tests/monitoring/test_metrics.py::test_every_worker_counts_its_requests_by_route_method_and_status"
    ),
    "psql --dbname counterclaim --set ON_ERROR_STOP=1 --file deploy/roles.sql": (
        "tests/system/test_roles.py::test_no_server_can_alter_the_log_or_drop_its_guards"
    ),
    "COUNTERCLAIM_DATABASE_URL=postgresql://counterclaim_owner@localhost/counterclaim .venv/bin/flask --app wsgi upgrade": (
        "tests/system/test_roles.py::test_every_command_of_an_editor_runs_as_the_writer"
    ),
    "systemd-analyze security --threshold=20 counterclaim.service": (
        "tests/system/test_deployment.py::test_a_unit_is_valid_and_sandboxed"
    ),
    "make sbom": (
        "tests/system/test_deployment.py::test_the_bill_of_materials_has_every_pinned_package_with_its_hashes"
    ),
    "make audit": "tests/system/test_audit_command.py::test_a_service_is_asked_for_every_pinned_package",
    "flask --app wsgi log publish /srv/counterclaim-log && git -C /srv/counterclaim-log add -A && "
    'git -C /srv/counterclaim-log commit -qm "Checkpoint" && git -C /srv/counterclaim-log push -q': (
        "tests/change_log/test_audit.py::test_publish_writes_a_checkpoint_and_never_goes_back"
    ),
    "flask --app wsgi log verify /srv/counterclaim-log": (
        "tests/change_log/test_audit.py::test_with_a_published_folder_the_first_bad_entry_is_named"
    ),
    ".venv/bin/python -c \"import cysqlite; cysqlite.connect('counterclaim.db').execute(\\\"VACUUM INTO 'backup.db'\\\")\"": (
        "tests/system/test_backup.py::test_a_copy_made_while_others_write_is_whole"
    ),
    ".venv/bin/flask --app wsgi webhooks deliver": (
        "tests/webhooks/test_delivery.py::test_the_process_waits_for_changes_and_ends_at_a_signal"
    ),
}
#: A command → why no test runs it.
ROOT_ONLY = "It changes the machine: it makes a user, or installs or starts a service."
NO_ENGINE = "It needs a container engine and an image from a registry; test_deployment.py runs the command inside."
NOT_RUN = {
    "createdb counterclaim": "The tests make their databases with CREATE DATABASE on a PostgreSQL of their own.",
    "useradd --system --home-dir /var/lib/counterclaim --shell /usr/sbin/nologin counterclaim": ROOT_ONLY,
    "install --mode 600 deploy/counterclaim.env /etc/counterclaim.env": ROOT_ONLY,
    "install --mode 644 deploy/counterclaim.service deploy/counterclaim-webhooks.service /etc/systemd/system/": ROOT_ONLY,
    "systemctl daemon-reload": ROOT_ONLY,
    "systemctl enable --now counterclaim": ROOT_ONLY,
    "podman build --tag counterclaim --file deploy/Containerfile .": NO_ENGINE,
    "podman run --rm --read-only --cap-drop all --security-opt no-new-privileges --volume counterclaim:/data "
    "counterclaim flask --app wsgi upgrade": NO_ENGINE,
    "podman run --detach --read-only --cap-drop all --security-opt no-new-privileges --tmpfs /tmp "
    "--volume counterclaim:/data --publish 127.0.0.1:8000:8000 counterclaim": NO_ENGINE,
}  # fmt: skip


def list_commands(text: str) -> list[str]:
    """Return the commands of all `sh` blocks of a page, each in one line, without comments."""
    lines = [line for block in BLOCK.findall(text) for line in CONTINUED.sub(" ", block).splitlines()]
    commands = [re.sub(r"\s+#.*$", "", re.sub(r" +", " ", line)).strip() for line in lines]
    return [command for command in commands if command and not command.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_run_or_has_a_reason(page: pathlib.Path) -> None:
    """A command that is new here needs a line in `RUN_BY` or `NOT_RUN`."""
    assert [command for command in list_commands(page.read_text()) if command not in RUN_BY | NOT_RUN] == []


def test_no_line_is_about_a_command_that_is_gone() -> None:
    printed = {command for page in PAGES for command in list_commands(page.read_text())}
    assert (RUN_BY | NOT_RUN).keys() - printed == set()
    assert RUN_BY.keys().isdisjoint(NOT_RUN)


@pytest.mark.parametrize("test", sorted(set(RUN_BY.values())))
def test_the_test_that_runs_it_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE)


def test_commands_are_found_in_blocks() -> None:
    text = "Text\n```sh\n# a comment\nmake x  # why\na \\\n  b && \\\n    c\nd &&\n    e\n```\n```console\n$ no\n```\n"
    assert list_commands(text) == ["make x", "a b && c", "d && e"]
