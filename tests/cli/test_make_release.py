"""`flask release create`: a revision gets a name and a package, once and permanently."""

import pathlib
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask

from api.cli.make_release import release_group
from tests.support import worlds
from tests.support.exports import ids


def create(app: Flask, name: str, folder: pathlib.Path) -> Result:
    worlds.rebound(app)
    with app.app_context():
        return CliRunner().invoke(release_group, ["create", name, "--folder", str(folder)])


def test_a_release_is_written_and_listed(empty: Flask, tmp_path: pathlib.Path) -> None:
    nothing = create(empty, "2026-1", tmp_path)
    assert (nothing.exit_code, nothing.output) == (1, "Error: The database is empty.\n")
    worlds.write(worlds.SMALL)
    told = create(empty, "2026-1", tmp_path)
    assert told.output.startswith(f"2026-1: revision 1 in {tmp_path / '2026-1'}, datapackage.json sha256 ")
    assert ids(tmp_path / "2026-1", "claims") == sorted(claim["id"] for claim in worlds.SMALL["claims"])
    listed = empty.test_client().get("/v1/releases/2026-1").json["data"]
    assert listed["sha256"] == told.output.split()[-1]
    again = create(empty, "2026-1", tmp_path)
    assert (again.exit_code, again.output) == (1, "Error: Release 2026-1 exists already. Choose another name.\n")


def test_a_package_that_lies_there_is_taken_only_if_it_is_the_very_one(empty: Flask, tmp_path: pathlib.Path) -> None:
    """An earlier run left the package: it stopped after the package was written and before it was listed."""
    worlds.write(worlds.SMALL)
    create(empty, "first", tmp_path)
    (tmp_path / "first").rename(tmp_path / "second")
    other_title = create(empty, "second", tmp_path)
    assert (other_title.exit_code, "has other content. Move it elsewhere" in other_title.output) == (1, True)
    worlds.write({"sides": [{"id": "new", "name": "New"}]})
    later = create(empty, "second", tmp_path)
    assert (later.exit_code, "has other content. Move it elsewhere" in later.output) == (1, True)
    assert [found["id"] for found in empty.test_client().get("/v1/releases").json["data"]] == ["first"]


def diff(app: Flask, later: str, earlier: str) -> Any:
    return app.test_client().get(f"/v1/releases/{later}/diff?from={earlier}")


def test_what_changed_is_asked_from_the_earlier_release(empty: Flask, tmp_path: pathlib.Path) -> None:
    """In the reverse order the answer would say that nothing changed."""
    worlds.write(worlds.SMALL)
    create(empty, "one", tmp_path)
    worlds.write({"sides": [{"id": "new", "name": "New"}]})
    create(empty, "two", tmp_path)
    create(empty, "two-again", tmp_path)
    assert [changed["id"] for changed in diff(empty, "two", "one").json["data"]] == ["new"]
    turned = worlds.told(diff(empty, "one", "two"), 422, "invalid-parameter")
    assert (turned["errors"][0]["name"], "/v1/releases/two/diff?from=one" in turned["detail"]) == ("from", True)
    for same in ("two", "two-again"):
        assert diff(empty, same, "two").json["data"] == []
    unknown = worlds.told(diff(empty, "two", "on"), 422, "unknown-record")["errors"][0]
    assert (unknown["name"], unknown["did_you_mean"]) == ("from", ["one"])
    worlds.told(diff(empty, "none", "one"), 404, "not-found")
    listed = empty.test_client().get("/v1/releases").json["data"]
    assert [found["id"] for found in listed] == ["two-again", "two", "one"]


def test_what_changed_is_told_in_pages(empty: Flask, tmp_path: pathlib.Path) -> None:
    worlds.write(worlds.SMALL)
    create(empty, "one", tmp_path)
    worlds.write({"sides": [{"id": "new", "name": "New"}, {"id": "newer", "name": "Newer"}]}, reason="Found.")
    worlds.write({"claimants": [{"id": "voice", "name": "Voice", "kind": "ngo"}]}, reason="Heard.")
    create(empty, "two", tmp_path)
    client, pages, address = empty.test_client(), [], "/v1/releases/two/diff?from=one&limit=2"
    while address:
        told = client.get(address).json
        assert (told["meta"]["total"], told["meta"]["limit"], told["meta"]["revision"]) == (3, 2, 3)
        pages.append([(changed["noun"], changed["id"], changed["reasons"]) for changed in told["data"]])
        address = told["links"].get("next")
    assert pages == [
        [("claimants", "voice", ["Heard."]), ("sides", "new", ["Found."])],
        [("sides", "newer", ["Found."])],
    ]
    following = client.get("/v1/releases/two/diff?from=one&limit=2").json["links"]["next"]
    worlds.told(client.get(following.replace("from=one", "from=two")), 400, "bad-cursor")


def test_what_cannot_be_a_release_is_told(empty: Flask, tmp_path: pathlib.Path) -> None:
    worlds.write(worlds.SMALL)
    for name in ("../x", "A", "a_b", ""):
        told = create(empty, name, tmp_path)
        assert (told.exit_code, "Must be an id: lower-case ASCII words" in told.output) == (1, True), name
    (tmp_path / "file").write_text("no folder")
    told = create(empty, "2026-1", tmp_path / "file" / "within")
    assert (told.exit_code, told.output.startswith("Error: Nothing was released: ")) == (1, True), told.output
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert empty.test_client().get("/v1/releases").json["data"] == []
