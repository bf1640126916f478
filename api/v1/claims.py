"""Claims; one claim comes with its reports and relations."""

from api.queries import claims
from api.v1.evidence import resolved
from api.v1.reading import noun_blueprint
from api.v1.writing import write_routes
from schemas.claims import ClaimOneOut, ClaimOut, ClaimQuery
from schemas.writing import ClaimPost

blueprint = noun_blueprint(
    claims.LISTING,
    ClaimQuery,
    ClaimOut,
    "Claims: who says how many.",
    resolve=resolved,
    find=claims.one,
    one_out=ClaimOneOut,
)
write_routes(blueprint, "claims", ClaimPost)
