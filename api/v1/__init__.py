"""What version 1 serves: one blueprint module per noun."""

from api.v1 import (
    casualties,
    changes,
    checks,
    citations,
    claimants,
    claims,
    conflicts,
    disagreements,
    discovery,
    events,
    exports,
    log,
    matrices,
    places,
    relations,
    releases,
    reports,
    series,
    sides,
    sources,
    statistics,
    timeliness,
)

BLUEPRINTS = [
    module.blueprint
    for module in (
        claims,
        reports,
        relations,
        events,
        conflicts,
        sides,
        claimants,
        sources,
        statistics,
        casualties,
        series,
        matrices,
        disagreements,
        places,
        timeliness,
        checks,
        exports,
        releases,
        citations,
        changes,
        log,
        discovery,
    )
]
