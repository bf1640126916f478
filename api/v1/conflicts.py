"""Conflicts."""

from api.queries.conflicts import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.conflicts import ConflictIn, ConflictOut, ConflictQuery

blueprint = noun_blueprint(LISTING, ConflictQuery, ConflictOut, "Conflicts and their phases.")
write_routes(blueprint, LISTING.name, ConflictIn)
