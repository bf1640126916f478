"""Lists, single records and writes of every record type. A single claim has its reports and relations."""

from api.listings import claimants, claims, conflicts, datasets, events, relations, reports, sides, sources
from api.v1.feeds.record_entries import list_dataset_entries
from api.v1.shared.evidence_filters import resolve_evidence
from api.v1.shared.listing_routes import build_read_blueprint
from api.v1.shared.write_routes import add_write_routes
from schemas.claimants import ClaimantIn, ClaimantOut, ClaimantQuery
from schemas.claims import ClaimOneOut, ClaimOut, ClaimQuery
from schemas.conflicts import ConflictIn, ConflictOut, ConflictQuery
from schemas.datasets import DatasetOneQuery, DatasetOut, DatasetQuery
from schemas.events import EventIn, EventOut, EventQuery
from schemas.relations import RelationIn, RelationOut, RelationQuery
from schemas.reports import ReportIn, ReportOut, ReportQuery
from schemas.sides import SideIn, SideOut, SideQuery
from schemas.sources import SourceIn, SourceOut, SourceQuery
from schemas.writing import ClaimPost

claims_blueprint = build_read_blueprint(
    claims.LISTING,
    ClaimQuery,
    ClaimOut,
    "Claims: who says how many.",
    resolve=resolve_evidence,
    find=claims.read_claim,
    record_out=ClaimOneOut,
)
add_write_routes(claims_blueprint, "claims", ClaimPost)

reports_blueprint = build_read_blueprint(
    reports.LISTING, ReportQuery, ReportOut, "Reports: claims as each source carries them."
)
add_write_routes(reports_blueprint, reports.LISTING.name, ReportIn)

relations_blueprint = build_read_blueprint(relations.LISTING, RelationQuery, RelationOut, "Relations between claims.")
add_write_routes(relations_blueprint, relations.LISTING.name, RelationIn)

events_blueprint = build_read_blueprint(events.LISTING, EventQuery, EventOut, "Events, not only of violence.")
add_write_routes(events_blueprint, events.LISTING.name, EventIn)

conflicts_blueprint = build_read_blueprint(conflicts.LISTING, ConflictQuery, ConflictOut, "Conflicts and their phases.")
add_write_routes(conflicts_blueprint, conflicts.LISTING.name, ConflictIn)

sides_blueprint = build_read_blueprint(sides.LISTING, SideQuery, SideOut, "Sides: the parties to conflicts.")
add_write_routes(sides_blueprint, sides.LISTING.name, SideIn)

claimants_blueprint = build_read_blueprint(
    claimants.LISTING, ClaimantQuery, ClaimantOut, "Claimants: who speaks, and for which side."
)
add_write_routes(claimants_blueprint, claimants.LISTING.name, ClaimantIn)

sources_blueprint = build_read_blueprint(
    sources.LISTING, SourceQuery, SourceOut, "Sources: where statements can be read."
)
add_write_routes(sources_blueprint, sources.LISTING.name, SourceIn)

datasets_blueprint = build_read_blueprint(
    datasets.LISTING,
    DatasetQuery,
    DatasetOut,
    "Datasets that were imported: what each covers and counts.",
    resolve=datasets.show_newest,
    find=datasets.find_dataset,
    record_query=DatasetOneQuery,
    list_entries=list_dataset_entries,
)

BLUEPRINTS = [
    claims_blueprint,
    reports_blueprint,
    relations_blueprint,
    events_blueprint,
    conflicts_blueprint,
    sides_blueprint,
    claimants_blueprint,
    sources_blueprint,
    datasets_blueprint,
]
