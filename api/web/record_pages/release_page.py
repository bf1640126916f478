"""The pages of releases: which revision each freezes, how to check it, its data, and what changed since the last."""

from typing import Any

from flask import current_app

from api.http.problems import ApiProblem
from api.listings import releases
from api.v1.citations.facts import cite_release
from api.v1.citations.styles import WRITERS
from api.web.record_pages.addresses import join_query
from schemas.messages import translate

Record = dict[str, Any]
MOST_OTHERS = 50


def build_release_page(name: str, language: str) -> Record:
    """Return the values of the page of a release. Raises the problem not-found."""
    listed = releases.read_releases()  # the newest first
    release = next((each for each in listed if each["id"] == name), None)
    if release is None:
        raise ApiProblem("not-found", f"There is no release {name}.")
    before = next((other for other in listed if other["revision"] < release["revision"]), None)
    return {
        "title": name,
        "revision": release["revision"],
        "release": release,
        "claims_csv": join_query("/v1/claims.csv", {"release": name}),
        "package": join_query("/v1/export.zip", {"release": name}),
        "before": before,
        "changes": before and join_query(f"/v1/releases/{name}/diff", {"from": before["id"]}),
        "others": [other for other in listed if other["id"] != name][:MOST_OTHERS],
        "citation": WRITERS["text"](cite_release(release, current_app.config["PUBLIC_URL"])).strip(),
    }


def build_releases_page(language: str) -> Record:
    return {"title": translate(language, "page.releases"), "releases": releases.read_releases()}
