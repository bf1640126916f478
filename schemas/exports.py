"""The query of an export: it has the claims that the same query of `/v1/claims` returns."""

from schemas.claims import ClaimFilters
from schemas.fields import describe
from schemas.responses import Pinned, Switch


class ExportQuery(ClaimFilters, Pinned):
    hxl = Switch(metadata=describe("`1` adds the row of HXL hashtags under each header.", "1", "HXL 1.1"))
