"""The blueprints of version 1, one per module."""

from api.v1 import discovery, exports, metadata, releases
from api.v1.citations import routes as citations
from api.v1.log import answer_proofs, changes, proofs, redactions, tiles
from api.v1.name_matching import routes as name_matching
from api.v1.pictures import routes as picture_routes
from api.v1.records import all_record_types
from api.v1.statistics import (
    casualties,
    disagreement,
    figure_check,
    map_places,
    record_counts,
    reporting_delay,
    stance_matrix,
    time_series,
)
from api.v1.webhooks import routes as webhooks

BLUEPRINTS = [
    *all_record_types.BLUEPRINTS,
    *(
        module.blueprint
        for module in (
            record_counts,
            casualties,
            time_series,
            stance_matrix,
            disagreement,
            map_places,
            reporting_delay,
            figure_check,
            picture_routes,
            exports,
            releases,
            metadata,
            citations,
            name_matching,
            redactions,
            changes,
            proofs,
            answer_proofs,
            tiles,
            webhooks,
            discovery,
        )
    ),
]
