"""Events."""

from api.queries.events import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.events import EventIn, EventOut, EventQuery

blueprint = noun_blueprint(LISTING, EventQuery, EventOut, "Events, not only of violence.")
write_routes(blueprint, LISTING.name, EventIn)
