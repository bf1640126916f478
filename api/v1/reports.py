"""Reports."""

from api.queries.reports import LISTING
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.claims import ReportIn, ReportOut, ReportQuery

blueprint = noun_blueprint(LISTING, ReportQuery, ReportOut, "Reports: claims as each source carries them.")
write_routes(blueprint, LISTING.name, ReportIn)
