"""The page of a dataset: what it covers and counts, its releases, what it must not be added to."""

from typing import Any

from api.v1.metadata import describe_imported
from api.web.metadata_block import write_block
from api.web.record_pages.listed import list_claims

Record = dict[str, Any]


def build_dataset_page(dataset: Record, newer: Record | None, language: str) -> Record:
    return {
        "title": dataset["title"],
        "claims": list_claims({"dataset": (dataset["id"],)}),
        "has_history": False,
        "metadata": write_block(describe_imported(dataset)),
    }
