"""Conflicts."""

from api.queries.conflicts import LISTING
from api.v1.reading import noun_blueprint
from schemas.conflicts import ConflictOut, ConflictQuery

blueprint = noun_blueprint(LISTING, ConflictQuery, ConflictOut, "Conflicts and their phases.")
