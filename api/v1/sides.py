"""Sides."""

from api.queries.sides import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.sides import SideIn, SideOut, SideQuery

blueprint = noun_blueprint(LISTING, SideQuery, SideOut, "Sides: the parties to conflicts.")
write_routes(blueprint, LISTING.name, SideIn)
