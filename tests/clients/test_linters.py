"""Spectral and Redocly report no error in the served document."""

import json
import pathlib

import pytest

from tests.conftest import Databases
from tests.support.generated_clients import needs_npm, npm, read_document

SPECTRAL, REDOCLY = "@stoplight/spectral-cli@6.16.3", "@redocly/cli@2.77.0"


@needs_npm
def test_spectral_finds_no_error(databases: Databases, tmp_path: pathlib.Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(read_document(databases)))
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    npm(tmp_path, "exec", "--yes", f"--package={SPECTRAL}", "--", "spectral", "lint", "openapi.json")


@pytest.mark.night  # it installs 200 packages; Spectral checks the same document by day
@needs_npm
def test_redocly_finds_no_error(databases: Databases, tmp_path: pathlib.Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(read_document(databases)))
    command = ("redocly", "lint", "openapi.json", "--extends", "recommended")
    npm(tmp_path, "exec", "--yes", f"--package={REDOCLY}", "--", *command)
