"""The explorer does not mislead a reader who knows nothing about the database."""

from tests.support.servers import Server
from tests.web.conftest import Visit
from tests.web.test_explorer import WAR, texts, told


def test_what_a_record_notes_stands_beside_its_words(visit: Visit, seeds: Server) -> None:
    """The 26 dead of all strikes on Ganja contradict the toll of one strike. Only the note explains this."""
    page = visit.open("/?view=table&q=Ganja")
    row = page.locator("tbody tr", has_text="26 civilians were killed").inner_text()
    assert "it implies 15 for the strike of 17 October, not 13" in row and "4 Oct 2020 to 17 Oct 2020" in row
    assert page.locator("#title").inner_text() == "Killed: each side, all conflicts, with Ganja, as known today"
    page = visit.open(f"/?conflict={WAR}&subject_side=azerbaijan")
    page.locator("summary", has_text="5 claims").click()
    card = page.locator(".claims li", has_text="Bagratyan").inner_text()
    assert "in Arabic" in card and "pointing to graves" in card


def test_claims_of_every_harm_are_one_list_and_never_one_figure(visit: Visit, seeds: Server) -> None:
    page = visit.open("/?view=table&q=Ganja")
    visit.change(lambda: page.get_by_label("Harm").select_option("any"))
    found = told(seeds, "/v1/claims?kind=casualty&q=Ganja&sort=-stated_on")["data"]
    shown = texts(page, "td .cited")
    assert len(shown) == len(found) == 12 and {text.split()[-1] for text in shown} == {"killed", "injured"}
    visit.change(page.get_by_role("link", name="How many").click)
    assert "harm" not in page.url and page.get_by_label("Harm").input_value() == "killed"
    assert page.locator("#harm option[value=any]").count() == 0


def test_words_that_are_not_found_do_not_say_that_nobody_claimed(visit: Visit) -> None:
    page = visit.open("/?view=table&q=2300+Azerbaijanis")
    notice = page.locator(".notice").inner_text()
    assert "No record has all of these words" in notice and "Nobody is recorded" not in notice


def test_a_sum_of_parts_is_not_called_an_agreement_or_a_saying(visit: Visit, seeds: Server) -> None:
    """On 30 September 2020 one camp counted soldiers and another counted civilians. Neither claims 409."""
    page = visit.open(f"/?conflict={WAR}&as_of=2020-09-30&subject_side=azerbaijan")
    assert texts(page, ".rows .spread")[0] == "no overlapping claims"
    page.locator(".rows summary").first.click()
    assert "Nobody is recorded as saying 409" in page.locator(".rows .notes").first.inner_text()
    page = visit.open("/?basis=incidents&conflict=armenia-azerbaijan-july-2020")
    assert texts(page, ".rows .spread")[0] == "agree"  # both say three soldiers


def test_a_spread_that_more_voices_make_than_the_rule_hears_says_so(visit: Visit) -> None:
    page = visit.open(f"/?conflict={WAR}&policy=own_side")
    spread = texts(page, ".rows .spread")[0].split("\n")
    assert spread == ["×6", "between best figures of all claimants", "×1.03 from low to high"]


def test_a_figure_opens_its_claims_where_the_reader_is(visit: Visit) -> None:
    page = visit.open(f"/?conflict={WAR}")
    address = page.url
    page.locator(".row .cited").first.click()
    assert page.locator(".row details.claims[open]").count() == 1 and page.url == address


def test_a_spreadsheet_shows_the_letters_of_a_csv(visit: Visit) -> None:
    """Excel reads a file without a byte order mark in an old code page."""
    page = visit.open(f"/?view=table&conflict={WAR}")
    with page.expect_download() as waiting:
        page.locator("a[data-format=csv]").click()
    content = waiting.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and "Notícias ao Minuto" in content.decode("utf-8-sig")
