"""Relations."""

from api.queries.relations import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.claims import RelationIn, RelationOut, RelationQuery

blueprint = noun_blueprint(LISTING, RelationQuery, RelationOut, "Relations between claims.")
write_routes(blueprint, LISTING.name, RelationIn)
