"""The page of a release: which revision it freezes, how to check it, its data, and the changes since the one before."""

from typing import Any

from flask import current_app

from api.listings import releases
from api.v1.citations.facts import cite_release
from api.v1.citations.styles import WRITERS
from api.web.record_pages.addresses import join_query

Record = dict[str, Any]
MOST_OTHERS = 50


def build_release_page(release: Record) -> Record:
    name, listed = release["id"], releases.read_releases()  # the newest first
    before = next((other for other in listed if other["revision"] < release["revision"]), None)
    return {
        "title": name,
        "release": release,
        "claims_csv": join_query("/v1/claims.csv", {"release": name}),
        "package": join_query("/v1/export.zip", {"release": name}),
        "before": before,
        "changes": before and join_query(f"/v1/releases/{name}/diff", {"from": before["id"]}),
        "others": [other for other in listed if other["id"] != name][:MOST_OTHERS],
        "citation": WRITERS["text"](cite_release(release, current_app.config["PUBLIC_URL"])).strip(),
    }
