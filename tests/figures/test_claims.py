"""The table of a chapter's claims."""

from ftsec.evidence import claims_of
from ftsec.figures.literature import claims
from ftsec.figures.literature.claims import claims_table, verdict_text
from ftsec.testbed import outcomes


def test_every_claim_is_linked_to_its_row_in_the_ledger():
    frame = claims_of("00")
    page = claims_table(frame)._repr_html_()
    for claim_id in frame["claim_id"]:
        assert f'<a href="14_claims_ledger.html#{claim_id}">{claim_id}</a>' in page


def test_plain_text_holds_no_markup_and_weak_evidence_is_marked():
    text = repr(claims_table(claims_of("04")))
    assert "<a" not in text and "C039" in text
    assert "7, 4 ‡" in text and "not read in the paper itself" in text


def test_what_stands_in_brackets_is_explained_where_there_are_brackets():
    assert "in brackets: what is wrong" in repr(claims_table(claims_of("05")))
    assert "in brackets" not in repr(claims_table(claims_of("08")))
    assert "over-cautious: it does more" in repr(claims_table(claims_of("05")))
    assert "over-cautious" not in repr(claims_table(claims_of("02")))


def test_verdict_text():
    assert verdict_text("partly", "", "") == "partly"
    assert verdict_text("contradicted", "code", "exposed") == "contradicted (code, exposed)"


def test_what_the_testbed_says_is_linked_and_told_in_cards_on_a_phone():
    said = outcomes.testbed_results()
    page = claims.testbed_table(said)._repr_html_()
    for claim_id in said["claim_id"]:
        assert f'<a href="14_claims_ledger.html#{claim_id}">{claim_id}</a>' in page
    assert "ftsec-cards" in page and page.count('data-label="Why"') == len(said)
