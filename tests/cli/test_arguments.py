"""Commands refuse an empty path, key, digest or part: a variable that nobody has set."""

import pathlib

import pytest

from wsgi import app as commands

#: Each command, with the word after which the empty text stands.
COMMANDS = [
    "backup",
    "export",
    "export out --question",
    "import",
    "import FILE --mapping",
    "import FILE --output",
    "import FILE --part",
    "import FILE --report",
    "log publish",
    "log rebuild --into",
    "log verify",
    "log verify --policy",
    "log verify --verifier",
    "log verify-answer FILE",
    "log verify-proof FILE --entry",
    "log verify-proof FILE --verifier",
    "log witness --policy",
    "mirror --from",
    "mirror --verifier",
    "openapi",
    "release create one --folder",
    "restore",
    "restore FILE --sha256",
    "seed --folder",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_an_empty_text_is_refused(tmp_path: pathlib.Path, words: str) -> None:
    file = tmp_path / "file.csv"
    file.write_text("id\n")
    named = [str(file) if word == "FILE" else word for word in words.split()]
    ran = commands.test_cli_runner().invoke(args=[*named, ""])
    assert (ran.exit_code, "It is empty. If it is a variable, set it first." in ran.output) == (2, True), ran.output
