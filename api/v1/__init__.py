"""What version 1 serves: one blueprint module per noun."""

from api.v1 import (
    casualties,
    claimants,
    claims,
    conflicts,
    discovery,
    events,
    relations,
    reports,
    sides,
    sources,
    statistics,
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
        discovery,
    )
]
