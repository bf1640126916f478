"""What can be asked of an export: the claims that the same question to `/v1/claims` would answer."""

from schemas.claims import ClaimFilters
from schemas.envelopes import Pinned, Switch
from schemas.fields import about


class ExportQuery(ClaimFilters, Pinned):
    hxl = Switch(metadata=about("`1` adds the row of HXL hashtags under each header.", "1", "HXL 1.1"))
