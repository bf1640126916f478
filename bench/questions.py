"""The questions of the bench about the generated record, broad and narrow. They use every filter, grouping and policy,
both clocks, and every other statistic.
"""

from typing import NamedTuple

from bench.generated import COMMON_WORD, DATASET, RARE_COUNTRY, RARE_WORD

BROAD, NARROW, FEW = "broad", "narrow", "few"  # of all claims, of one subject, of about 100 claims
FIGURES = "/v1/statistics/casualties?"
PLAIN, MESSY = "conflict=conflict-3", "conflict=conflict-12"


class Question(NamedTuple):
    breadth: str
    name: str
    address: str


def _figures(breadth: str, **queries: str) -> list[Question]:
    """Return questions about casualties; underscores in their names are spaces."""
    return [Question(breadth, name.replace("_", " "), FIGURES + query) for name, query in queries.items()]


def _each(breadth: str, query: str, *words: str) -> list[Question]:
    """Return the question with each of these words in place of {}; each question has the name of its word."""
    queries = [query.format(word) for word in words]
    return [Question(breadth, text.replace("&", ", "), FIGURES + text) for text in queries]


QUESTIONS: list[Question] = [
    *_figures(
        BROAD,
        all_conflicts_by_side="group_by=subject_side",
        all_conflicts_by_conflict_month_and_side="group_by=conflict,month,subject_side",
        all_conflicts_by_side_as_of_a_day="group_by=subject_side&as_of=2019-06-30",
        all_conflicts_by_side_at_an_older_revision="group_by=subject_side&revision=1",
        all_conflicts_by_side_on_both_clocks="group_by=subject_side&revision=1&as_of=2019-06-30",
        totals_of_all_conflicts="basis=totals&group_by=conflict,subject_side",
        incidents_of_all_conflicts="basis=incidents&group_by=conflict",
    ),
    *_each(BROAD, "group_by={}", "conflict", "responsible_side", "harm", "victim_status", "victim_sex", "victim_age"),
    *_each(BROAD, "group_by={}", "event_type", "country", "admin1", "year", "quarter", "month", "week", "day"),
    *_each(BROAD, "policy={}&group_by=conflict,year", "lowest", "highest", "latest", "best_graded", "own_side"),
    *_each(BROAD, "policy={}&group_by=conflict,year", "opposing_side", "affiliated", "third_party"),
    *_each(BROAD, "{}&group_by=conflict", "harm=killed", "measure=incident", "victim_sex=any", "victim_age=any"),
    *_each(BROAD, "{}&group_by=conflict", "qualifier=as_given", "confirmation=reported", "reliability=A"),
    *_each(BROAD, "{}&group_by=conflict", "low_min=5", "low_max=50", "best_min=5", "best_max=50", "high_min=5"),
    *_each(BROAD, "{}&group_by=conflict", "high_max=50", "event_type=Battles", "place_precision=1", "flag=derived"),
    *_each(BROAD, "{}&group_by=conflict", "from=2016&to=2021", "stated_from=2017", "stated_to=2020"),
    *_figures(
        NARROW,
        one_conflict_by_harm_and_month=f"{PLAIN}&group_by=harm,month",
        one_conflict_by_event=f"{PLAIN}&group_by=event",
        one_conflict_as_of_a_day=f"{PLAIN}&group_by=month&as_of=2019-06-30",
        one_conflict_at_an_older_revision=f"{PLAIN}&group_by=month&revision=1",
        conflict_of_parts_and_periods_by_side_and_month=f"{MESSY}&group_by=subject_side,month",
        conflict_of_parts_and_periods_by_period=f"{MESSY}&group_by=period",
        conflict_without_its_phases="recorded_conflict=conflict-3&group_by=year",
        one_side_by_month="subject_side=camp-3-a&group_by=month",
        side_with_members_by_month="subject_side=camp-12-b&group_by=month",
        one_claimant="claimant=claimant-120&group_by=year",
        policy_of_one_claimant="policy=claimant&claimant=claimant-17&group_by=year",
        claimants_of_one_side="claimant_side=camp-3-a&group_by=year",
        one_publisher="publisher=Paper%207&group_by=year",
        one_country=f"country=ALB&group_by=year&{PLAIN}",
        one_region="admin1=Region%207&group_by=year",
        one_dataset=f"dataset={DATASET}&group_by=year",
        one_word=f"q={COMMON_WORD}&group_by=year",
        civilians_by_year="victim_status=civilian&group_by=year",
        one_perpetrator="responsible_side=camp-12-a&group_by=year",
        one_square="bbox=30,30,32,32&group_by=year",
        window_of_one_conflict=f"{PLAIN}&from=2016-03-01&to=2017-02-28&group_by=month",
    ),
    *_each(NARROW, f"{PLAIN}&{{}}&group_by=subject_side", "year=2018", "month=2018-05", "stated_year=2019"),
    *_each(NARROW, f"{PLAIN}&{{}}&group_by=subject_side", "stated_month=2019-03", "stated_day=2019-03-01"),
    *_figures(
        FEW,
        one_event="event=event-1&group_by=subject_side",
        one_source_of_50_claims="source=source-7&group_by=year",
        one_statement="statement=statement-1-0&group_by=year",
        one_event_as_of_a_day="event=event-1&group_by=subject_side&as_of=2019-06-30",
        country_of_100_claims=f"country={RARE_COUNTRY}&group_by=year",
        word_of_100_claims=f"q={RARE_WORD}&group_by=year",
        evidence_of_100_claims=f"country={RARE_COUNTRY}&group_by=event&evidence=1&limit=100",
    ),
    Question(FEW, "explain a row of one event", "/v1/statistics/casualties/explain?event=event-1&row=killed"),
    Question(FEW, "check of a number about one event", "/v1/check?event=event-1&harm=killed&number=30"),
    Question(FEW, "disagreement about one event", "/v1/events/event-1/disagreement"),
    Question(
        NARROW,
        "explain a row of one conflict",
        f"/v1/statistics/casualties/explain?{PLAIN}&group_by=year&row=2020,killed",
    ),
    Question(NARROW, "check of a number about one conflict", f"/v1/check?{PLAIN}&harm=killed&number=30"),
    Question(NARROW, "matrix of one conflict", f"/v1/statistics/matrix?{PLAIN}"),
    Question(NARROW, "matrix of the conflict of parts and periods", f"/v1/statistics/matrix?{MESSY}"),
    Question(NARROW, "disagreement of one conflict", f"/v1/statistics/disagreement?{PLAIN}"),
    Question(NARROW, "places of one conflict", f"/v1/statistics/places?{PLAIN}"),
    Question(NARROW, "series of one conflict", f"/v1/statistics/series?{MESSY}"),
    Question(NARROW, "timeliness of one side", "/v1/statistics/timeliness?subject_side=camp-3-a"),
    Question(BROAD, "places of all conflicts", "/v1/statistics/places?"),
    Question(BROAD, "disagreement of all conflicts", "/v1/statistics/disagreement?"),
    Question(BROAD, "count of claims by claimant", "/v1/statistics/claims?group_by=claimant"),
    Question(BROAD, "count of claims by month", "/v1/statistics/claims?group_by=month"),
    Question(BROAD, "count of events by type", "/v1/statistics/events?group_by=type"),
]
