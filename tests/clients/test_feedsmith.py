"""The feeds are read by feedsmith, a parser in JavaScript, like any other feed."""

import json
import pathlib

import pytest
from flask import Flask

from tests.support.contract import open_client
from tests.support.generated_clients import needs_npm, npm, run

READ = """
import { readFileSync } from "node:fs";
import { parseFeed } from "feedsmith";
const read = (name) => parseFeed(readFileSync(name, "utf8"));
console.log(JSON.stringify([read("feed.atom"), read("feed.jsonfeed")]));
"""
ADDRESSES = (
    "/v1/claims{}?conflict=nagorno-karabakh-2020",
    "/v1/statistics/casualties{}?conflict=nagorno-karabakh-2020&group_by=harm,subject_side",
)


@needs_npm
def test_feedsmith_reads_both_forms(seeded: Flask, engine: str, tmp_path: pathlib.Path) -> None:
    if engine != "sqlite":
        pytest.skip("the bytes are the same")
    npm(tmp_path, "install", "--no-audit", "--no-fund", "feedsmith@3.0.1")
    (tmp_path / "read.mjs").write_text(READ)
    client = open_client(seeded)
    for address in ADDRESSES:
        for ending in ("atom", "jsonfeed"):
            (tmp_path / f"feed.{ending}").write_bytes(client.get(address.format(f".{ending}")).data)
        atom, other = json.loads(run(["node", "read.mjs"], tmp_path))
        assert (atom["format"], other["format"]) == ("atom", "json")
        ids = [entry["id"] for entry in atom["feed"]["entries"]]
        assert ids == [item["id"] for item in other["feed"]["items"]]
        assert len(ids) == 1
        assert atom["feed"]["entries"][0]["title"]["value"] == other["feed"]["items"][0]["title"]
