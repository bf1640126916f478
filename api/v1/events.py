"""Events."""

from api.queries.events import LISTING
from api.v1.reading import noun_blueprint
from schemas.events import EventOut, EventQuery

blueprint = noun_blueprint(LISTING, EventQuery, EventOut, "Events, not only of violence.")
