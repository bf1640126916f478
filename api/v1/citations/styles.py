"""The styles of citations: text, BibTeX, RIS, CSL-JSON and ClaimReview JSON-LD. All state the same facts."""

from collections.abc import Callable
from typing import Any

from api.http import formats
from api.v1.citations.facts import Citation, CitedSource


def write_text(cited: Citation) -> str:
    """Return a footnote of one line."""
    if not cited.rating:  # the title of a release names the author and the revision
        return _join_lines(f"{cited.title}. {cited.url}") + "\n"
    note = f" {cited.note}." if cited.note else ""
    line = f"{cited.author}: {cited.title}.{note} Counterclaim, revision {cited.revision}. {cited.url}"
    return f"{_join_lines(line)}\n"


def _join_lines(text: str) -> str:
    return " ".join(text.split())


#: Characters that LaTeX reads as commands. Braces become words, because BibTeX counts even escaped ones.
LATEX = str.maketrans(
    {
        **{character: f"\\{character}" for character in "%&$#_"},
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def write_bibtex(cited: Citation) -> str:
    years = "--".join(sorted({day[:4] for day in cited.days}))
    year = f"  year = {{{years}}},\n" if years else ""
    note = f"  note = {{{cited.note.translate(LATEX)}}},\n" if cited.note else ""
    return (
        f"@misc{{{cited.key},\n  author = {{{{{cited.author.translate(LATEX)}}}}},\n"
        f"  title = {{{{{cited.title.translate(LATEX)}}}}},\n"
        f"{year}  howpublished = {{Counterclaim, revision {cited.revision}}},\n{note}  url = {{{cited.url}}}\n}}\n"
    )


def write_ris(cited: Citation) -> str:
    """Return an entry for reference managers. It is dated only if the day is known; the title has every date."""
    years = {day[:4] for day in cited.days}
    day = cited.days[0].replace("-", "/") if len(cited.days) == 1 else ""
    tags = [
        ("TY", "DATA"),
        ("ID", cited.key),
        ("AU", cited.author),
        ("TI", cited.title),
        ("PY", years.pop() if len(years) == 1 else ""),
        ("DA", day),
        ("PB", "Counterclaim"),
        ("ET", f"revision {cited.revision}"),
        ("N1", cited.note),
        ("UR", cited.url),
    ]
    return "".join(f"{tag}  - {_join_lines(text)}\r\n" for tag, text in tags if text) + "ER  - \r\n"


def write_csl(cited: Citation) -> str:
    parts = [[int(part) for part in day.split("-")] for day in cited.days]
    item = {
        "id": cited.key,
        "type": "dataset",
        "author": [{"literal": cited.author}],
        "title": cited.title,
        "container-title": "Counterclaim",
        "version": str(cited.revision),
        "URL": cited.url,
        **({"issued": {"date-parts": parts}} if parts else {}),
        **({"note": cited.note} if cited.note else {}),
    }
    return formats.json_bytes([item]).decode()


def write_claim_review(cited: Citation) -> str:
    """Return a schema.org ClaimReview. Its rating is the status of the claim here: we rate nobody."""
    review = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": cited.url,
        "claimReviewed": cited.title,
        "author": _name_organisation("Counterclaim"),
        "itemReviewed": {
            "@type": "Claim",
            "author": _name_organisation(cited.author),
            "datePublished": cited.days[0] if len(cited.days) == 1 else None,
            "appearance": [_write_appearance(source) for source in cited.sources],
        },
        "reviewRating": {"@type": "Rating", "alternateName": cited.rating},
    }
    return formats.json_for_html(review).decode()


def _write_appearance(source: CitedSource) -> dict[str, Any]:
    work = {"@type": "CreativeWork", "name": source.title, "publisher": _name_organisation(source.publisher)}
    return {**work, **({"url": source.url} if source.url else {})}


def _name_organisation(name: str) -> dict[str, str]:
    return {"@type": "Organization", "name": name}


WRITERS: dict[str, Callable[[Citation], str]] = {
    "text": write_text,
    "bibtex": write_bibtex,
    "ris": write_ris,
    "csl": write_csl,
    "claimreview": write_claim_review,
}
