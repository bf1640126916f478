"""`flask keys`: a key is shown once, listed without its secret, and revoked by its id."""

from click.testing import CliRunner, Result
from flask import Flask

from api.cli.keys import keys_group
from api.database.connection import database
from api.database.statements import select_rows


def run(app: Flask, *words: str) -> Result:
    with app.app_context():
        return CliRunner().invoke(keys_group, words)


def test_a_key_is_shown_once_and_kept_as_its_hash(empty: Flask) -> None:
    told = run(empty, "create", "A. Editor", "--scope", "write", "--scope", "retract", "--expires", "2100-12-31")
    _, slug, secret = told.output.strip().split("_", 2)
    listed = run(empty, "list").output
    assert listed == f"{slug}\tA. Editor\tretract,write\texpires 2100-12-31\tlast used never\n"
    with database.connection_context():
        kept = str(select_rows("SELECT * FROM api_key"))
    assert secret not in listed + kept and slug in kept
    assert run(empty, "revoke", slug).output == f"{slug} is revoked.\n"
    assert "\trevoked 20" in run(empty, "list").output
    again = run(empty, "revoke", slug)
    assert (again.exit_code, again.output) == (1, f"Error: There is no valid key {slug}.\n")


def test_what_cannot_be_a_key_is_told(empty: Flask) -> None:
    wrong = {
        ("x", "--scope", "nonsense"): "There is no scope nonsense. The scopes are: write,",
        ("x", "--expires", "2020-13-01"): "There is no such month. Months go from 01 to 12.",
        ("x", "--expires", "soon"): "Must be",
        ("x", "--expires", "2020-01-01"): "2020-01-01 is in the past.",
        ("a\tb",): "A name must be one line of text.",
        ("",): "A name must be one line of text.",
    }
    for words, said in wrong.items():
        told = run(empty, "create", *words)
        assert (told.exit_code, told.output.startswith("Error: No key was created. ")) == (1, True), told.output
        assert said in told.output
    assert run(empty, "list").output == ""
