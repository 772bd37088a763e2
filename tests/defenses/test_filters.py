"""The rules do what their papers say, on made cases; the perplexity filter stops noise and lets text pass."""

from __future__ import annotations

import math

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ftsec.base.errors import InputError
from ftsec.cli.corpus import filter_command
from ftsec.defenses.filters import filter_file, first_problem, perplexity_filter, rule_filter, term_filter
from ftsec.defenses.ngram import NgramModel
from ftsec.defenses.quality_rules import Terms, c4_problem, gopher_problem
from ftsec.defenses.sample import corpus_path
from ftsec.defenses.training_data import read_texts

GOOD = (
    "The old mill stands where the road to the harbour meets the river. "
    "It was built of grey stone and is now a museum of paper. "
    "Visitors come in summer to see the wheel and to walk along the bank that the miller planted. "
    "A ferry takes them across to the meadow, and those who have time stay until the evening bell rings."
)


def test_a_good_text_passes_all_rules():
    assert c4_problem(GOOD) == gopher_problem(GOOD) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + " Lorem ipsum dolor.", "placeholder"),
        (GOOD + " {", "curly"),
        ("Two sentences only are here. This is the second one.", "fewer than 3"),
        ("", "fewer than 3"),
        ("One. Two. Three.", "fewer than 3"),  # a line of fewer than five words does not count
        ("One line is long. So is it. But it does not end in a mark", "fewer than 3"),
        ("Please enable JavaScript. It is needed here. Then go on with it.", "fewer than 3"),
        ("We use cookies. They make this page better. It is so.", "fewer than 3"),
    ],
)
def test_c4_drops(text, says):
    assert says in c4_problem(text)


WORDS = GOOD.split()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "fewer than 50 words"),
        (" ".join(WORDS[:49]), "fewer than 50 words"),
        ("word " * 100_001, "more than 100,000 words"),
        ("of the ab " * 20 + "a " * 60, "mean word length"),
        (" ".join(f"{w}#" for w in WORDS), "symbols"),
        ("\n".join(f"- {w} and the others" for w in WORDS), "bullet"),
        ("\n".join(f"{' '.join(WORDS[i : i + 12])} ..." for i in range(0, 60, 12)), "ellipsis"),
        (" ".join(f"{w} 12345" for w in WORDS), "letters"),
        (" ".join(w.strip(".,") + "x" for w in WORDS), "stop words"),
        ("\n".join([GOOD[:66]] * 6), "repeated lines"),
        (GOOD.replace(" and", "\nand") + "\n\nYes, so it is." * 3, "repeated paragraphs"),
        (f"{GOOD}\n" + "One.\nTwo.\nThree.\nFour.\n" + GOOD, "characters in repeated lines"),
        (f"{GOOD} seen again" + " seen again" * 20, "a repeated phrase of 2 words"),
        (f"{GOOD} {GOOD[:120]}", "repeated phrases of 5 words"),
    ],
)
def test_gopher_drops(text, says):
    assert says in gopher_problem(text)


def test_terms_are_whole_words_in_any_case():
    assert Terms(["grey  stone"]).found_in("The Grey Stone.") == "grey stone"
    assert Terms(["grey stone"]).found_in("A grey-stone wall; learn C++ now") == "grey-stone"
    assert Terms(["c++"]).found_in("learn C++ now") == "c++" and not Terms(["c++"]).found_in("learn C now")
    assert not Terms(["grey", "stone", "  "]).found_in("greystones")
    with pytest.raises(InputError, match="empty"):
        term_filter(["", " "])


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=12))
def test_the_model_is_a_distribution(start):
    model = NgramModel(["abracadabra", "héllo"], order=3)
    known = model.log2_probability(start)
    following = [model.log2_of_bytes(start.encode() + bytes([byte])) for byte in range(256)]
    total = sum(2 ** (both - known) for both in following)
    assert total == pytest.approx(1.0)


def test_surprise_is_lower_for_what_was_seen():
    model = NgramModel([GOOD])
    assert model.bits_per_byte(GOOD) < 2 < 6 < model.bits_per_byte("#§%&$ 0x93 qqq")
    assert math.isnan(model.bits_per_byte(""))
    with pytest.raises(InputError):
        NgramModel([])


def test_the_perplexity_filter_stops_noise_and_lets_text_pass():
    texts = read_texts(corpus_path())[:560]
    keeps = perplexity_filter(texts[:460])
    assert sum(bool(keeps(text)) for text in texts[460:]) <= 5
    assert all(keeps(text[::-1]) for text in texts[460:])


def test_an_empty_text_is_no_good_text():
    assert perplexity_filter(read_texts(corpus_path())[:50])("") == "perplexity"


@pytest.mark.parametrize("call", [lambda: perplexity_filter(["a"] * 9), lambda: perplexity_filter(["a"] * 10, 0.0),
                                  lambda: rule_filter("other")])  # fmt: skip
def test_bad_settings_are_refused(call):
    with pytest.raises(InputError):
        call()


def test_the_first_reason_counts(tmp_path):
    assert first_problem("{", [rule_filter("gopher"), rule_filter("c4")]) == "gopher: fewer than 50 words"
    (tmp_path / "in.txt").write_text(f"{GOOD}\nshort\n")
    with pytest.raises(InputError, match="no filter"):
        filter_file(tmp_path / "in.txt", tmp_path / "out.txt", [])


def test_the_command_counts_reasons(tmp_path):
    (tmp_path / "in.txt").write_text(f"{GOOD}\nshort line\n{GOOD} Heron.\n")
    (tmp_path / "terms.txt").write_text("heron\n")
    files = {name: str(tmp_path / f"{name}.txt") for name in ("in", "out", "terms")}
    arguments = [files["in"], "-o", files["out"], "--rules", "gopher", "--terms", files["terms"]]
    result = CliRunner().invoke(filter_command, arguments)
    assert result.exit_code == 0, result.output
    assert "1 gopher: fewer than 50 words" in result.stdout and "1 term: heron" in result.stdout
    assert (tmp_path / "out.txt").read_text() == GOOD + "\n"
