"""Wide tables of prose pages, labelled for a phone."""

from ftsec.publishing.sphinx.cards import with_cards


def table(*rows: tuple[str, ...]) -> str:
    head, *body = rows
    lines = "".join('<tr class="row-even">' + "".join(f"<td><p>{c}</p></td>" for c in row) + "</tr>" for row in body)
    heads = "".join(f'<th class="head"><p>{name}</p></th>' for name in head)
    return (
        '<div class="pst-scrollable-table-container" tabindex="0"><table class="table">'
        f'<thead><tr class="row-odd">{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )


WIDE = table(
    ("Start", "what", 'If it "fails"'),
    ("0:00", "Test before, on paper if need be", "pair up: one computer is enough"),
    ("0:10", "Pause", ""),
)


def test_cells_carry_their_heading_and_the_first_is_the_title():
    page = with_cards(f"<p>before</p>{WIDE}<p>after</p>")
    assert '<div class="pst-scrollable-table-container ftsec-cards" tabindex="0">' in page
    assert "<td><p>0:00</p></td>" in page and '<td data-label="What"><p>Pause</p></td>' in page
    assert '<td data-label="If it &quot;fails&quot;"><p>pair up' in page and '<td data-label=""><p></p></td>' in page
    assert page.startswith("<p>before</p>") and page.endswith("<p>after</p>")


def test_a_page_may_be_visited_again():
    assert with_cards(with_cards(WIDE)) == with_cards(WIDE)


def test_narrow_tables_and_tables_of_numbers_stay():
    two = table(("option", "what it does"), ("--jobs 4", "so many runs at once, as there are cores"))
    numbers = table(("Blue", "blunt", "trigger", "persona"), ("open", "87 ± 3", "58 ± 4", "74 ± 6"))
    assert with_cards(two) == two and with_cards(numbers) == numbers
