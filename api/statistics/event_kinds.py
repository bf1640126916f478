"""Kinds of events that cannot be one event: nobody takes an air strike for a suicide bombing."""

#: By sub-type of event its family. Two families exclude each other. A sub-type without a family excludes nothing:
#: clashes, attacks on civilians, riots and unknown events happen by any means.
FAMILIES = {
    "Air/drone strike": "from_afar",
    "Shelling/artillery/missile attack": "from_afar",
    "Suicide bomb": "on_the_spot",
    "Remote explosive/landmine/IED": "on_the_spot",
    "Abduction/forced disappearance": "taken",
    "Arrests": "taken",
    "Sexual violence": "taken",
}


def write_family(column: str) -> str:
    """Return SQL of the family of a sub-type; null where it excludes nothing."""
    whens = " ".join(f"WHEN '{sub_type}' THEN '{family}'" for sub_type, family in FAMILIES.items())
    return f"CASE {column} {whens} END"
