"""Claimants."""

from api.queries.claimants import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.claimants import ClaimantIn, ClaimantOut, ClaimantQuery

blueprint = noun_blueprint(LISTING, ClaimantQuery, ClaimantOut, "Claimants: who speaks, and for which side.")
write_routes(blueprint, LISTING.name, ClaimantIn)
