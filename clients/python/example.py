"""Who says how many: a client in Python, whose functions and types openapi-python-client generates."""

from counterclaim import Client
from counterclaim.api.claims import list_claims
from counterclaim.models import ClaimOut, HarmWordOrNone, ListClaimsSortItem, ProblemOut, SwitchWord


def list_statements(base_url: str, event: str) -> list[str]:
    """Return one line per claim. Raises `ValueError` with the API's error message."""
    answer = list_claims.sync(
        client=Client(base_url),
        event=[event],
        harm=[HarmWordOrNone.KILLED, HarmWordOrNone.INJURED],
        has_figure=SwitchWord.YES,
        sort=[ListClaimsSortItem.STATED_ON],
    )
    if answer is None or isinstance(answer, ProblemOut):
        raise ValueError(answer.detail if answer else "There is no answer.")
    return [write_line(claim) for claim in answer.data]


def write_line(claim: ClaimOut) -> str:
    whose = claim.subject_side.name if claim.subject_side else "all sides"
    best = "?" if claim.best is None else claim.best
    return f"{claim.claimant.name}: {best} of {whose} {claim.harm}"
