"""The operationId of each address: generated clients name their functions by it."""

import re

VERBS = {"get": "get", "post": "add", "patch": "correct", "delete": "retract"}
SUFFIX = ".{suffix}"
#: The addresses whose name does not follow from their path.
NAMES = {
    ("get", "/v1"): "listAddresses",
    ("get", "/v1/statistics/claims"): "countClaims",
    ("get", "/v1/statistics/claims.{suffix}"): "downloadClaimCounts",
    ("get", "/v1/statistics/events"): "countEvents",
    ("get", "/v1/statistics/events.{suffix}"): "downloadEventCounts",
    ("get", "/v1/statistics/casualties/explain"): "explainCasualties",
    ("get", "/v1/events/{event_id}/disagreement"): "getEventDisagreement",
    ("get", "/v1/check"): "checkFigure",
    ("post", "/v1/check"): "checkFigureOfBody",
    ("get", "/v1/export.zip"): "exportPackage",
    ("get", "/v1/export.xlsx"): "exportWorkbook",
    ("get", "/v1/releases/{name}/diff"): "compareReleases",
    ("get", "/v1/claims/{record_id}/citation"): "citeClaim",
    ("get", "/v1/releases/{name}/citation"): "citeRelease",
    ("get", "/v1/picture.{suffix}"): "drawPicture",
    ("get", "/v1/changes.atom"): "getChangeFeed",
    ("get", "/v1/changes.jsonfeed"): "getChangeJsonFeed",
    ("get", "/v1/releases.atom"): "getReleaseFeed",
    ("get", "/v1/releases.jsonfeed"): "getReleaseJsonFeed",
    ("get", "/v1/{resource}/{record_id}/history"): "getHistory",
    ("post", "/v1/{resource}/{record_id}/redaction"): "redactRecord",
    ("get", "/v1/log/checkpoint"): "getCheckpoint",
    ("get", "/v1/log/texts/{index}"): "getEntryTexts",
    ("get", "/v1/log/unlogged"): "getUnloggedFacts",
    ("get", "/v1/log/key"): "getLogKey",
    ("get", "/v1/log/tile/{level}/{index}"): "getTile",
    ("get", "/v1/log/tile/entries/{index}"): "getEntryBundle",
    ("get", "/v1/log/proof/inclusion"): "proveInclusion",
    ("get", "/v1/log/proof/inclusion.tlog-proof"): "downloadProof",
    ("get", "/v1/log/proof/consistency"): "proveConsistency",
    ("get", "/v1/metadata.jsonld"): "describeDatabase",
    ("get", "/v1/catalog.jsonld"): "describeCatalogue",
    ("get", "/v1/datasets/{record_id}/metadata.jsonld"): "describeDataset",
    ("get", "/v1/datasets/{record_id}/dcat.jsonld"): "describeDatasetForCatalogues",
    ("get", "/v1/releases/{name}/metadata.jsonld"): "describeRelease",
    ("get", "/v1/releases/{name}/dcat.jsonld"): "describeReleaseForCatalogues",
    ("get", "/v1/releases/{name}/croissant.json"): "describeReleaseForMachines",
    ("get", "/v1/reconcile"): "describeNameMatching",
    ("post", "/v1/reconcile"): "matchNames",
    ("get", "/v1/reconcile/suggest/entity"): "suggestRecords",
    ("get", "/v1/reconcile/suggest/type"): "suggestTypes",
    ("get", "/v1/reconcile/suggest/property"): "suggestProperties",
    ("get", "/v1/reconcile/properties"): "proposeProperties",
    ("get", "/v1/webhooks"): "listWebhooks",
    ("post", "/v1/webhooks"): "registerWebhook",
    ("get", "/v1/webhooks/{webhook_id}"): "getWebhook",
    ("delete", "/v1/webhooks/{webhook_id}"): "removeWebhook",
    ("get", "/v1/codebook"): "getCodebook",
    ("get", "/v1/methodology"): "getMethodology",
    ("get", "/v1/problems/{problem}"): "explainProblem",
}


def name_operation(method: str, path: str) -> str:
    """Return the operationId: `GET /v1/claims` → `listClaims`, `GET /v1/claims/{record_id}` → `getClaim`."""
    if (method, path) in NAMES:
        return NAMES[method, path]
    if path.endswith(SUFFIX):
        return re.sub("^[a-z]+", "download", name_operation(method, path.removesuffix(SUFFIX)))
    *parents, last = re.split(r"[/.]", path.removeprefix("/v1/"))
    if last.startswith("{"):
        return VERBS[method] + _join_words(parents).removesuffix("s")
    if method == "get" and not parents:
        return "list" + _join_words([last])
    return VERBS[method] + _join_words([*parents, last]).removeprefix("Statistics")


def _join_words(parts: list[str]) -> str:
    return "".join(part.title() for part in parts if not part.startswith("{"))
