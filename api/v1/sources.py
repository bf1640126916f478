"""Sources."""

from api.queries.sources import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.sources import SourceIn, SourceOut, SourceQuery

blueprint = noun_blueprint(LISTING, SourceQuery, SourceOut, "Sources: where statements can be read.")
write_routes(blueprint, LISTING.name, SourceIn)
