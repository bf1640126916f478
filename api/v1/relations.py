"""Relations."""

from api.queries.relations import LISTING
from api.v1.reading import noun_blueprint
from schemas.claims import RelationOut, RelationQuery

blueprint = noun_blueprint(LISTING, RelationQuery, RelationOut, "Relations between claims.")
