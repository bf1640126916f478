"""Sources."""

from api.queries.sources import LISTING
from api.v1.reading import noun_blueprint
from schemas.sources import SourceOut, SourceQuery

blueprint = noun_blueprint(LISTING, SourceQuery, SourceOut, "Sources: where statements can be read.")
