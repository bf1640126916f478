"""Sides."""

from api.queries.sides import LISTING
from api.v1.reading import noun_blueprint
from schemas.sides import SideOut, SideQuery

blueprint = noun_blueprint(LISTING, SideQuery, SideOut, "Sides: the parties to conflicts.")
