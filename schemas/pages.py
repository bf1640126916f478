"""The pages of records: which record types have one, and the parameters of a page."""

from schemas.responses import Pinned

#: Record types with a page at `/<type>/<id>`.
PAGE_TYPES = ("claims", "events", "conflicts", "sides", "claimants", "sources", "datasets")


class PageQuery(Pinned):
    """The parameters of a page: the revision or release that it shows."""

    class Meta:
        exclude = ("as_of",)
