"""Reports."""

from api.queries.reports import LISTING
from api.v1.reading import noun_blueprint
from schemas.claims import ReportOut, ReportQuery

blueprint = noun_blueprint(LISTING, ReportQuery, ReportOut, "Reports: claims as each source carries them.")
