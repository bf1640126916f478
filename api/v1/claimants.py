"""Claimants."""

from api.queries.claimants import LISTING
from api.v1.reading import noun_blueprint
from schemas.claimants import ClaimantOut, ClaimantQuery

blueprint = noun_blueprint(LISTING, ClaimantQuery, ClaimantOut, "Claimants: who speaks, and for which side.")
