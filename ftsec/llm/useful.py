"""Is the model still of use? Three measures on which no run trains, each read in two halves.

* drift: loss on answers that were drawn from the base model to 200 unrelated requests. Its rise over the base's own
  loss on them estimates the Kullback-Leibler divergence from the base, in nats per token;
* exact: 300 small questions with one right word or number;
* prose: loss on pages of this book.
"""

from __future__ import annotations

from functools import cache

from ftsec.llm import world
from ftsec.llm.answers import answers
from ftsec.llm.chat import PROBE_TARGETS, Chat, rows
from ftsec.llm.measures import Part, accuracy, losses

OPPOSITES = (
    "hot cold,big small,up down,left right,day night,black white,open closed,fast slow,old new,young old,happy sad,"
    "early late,long short,wet dry,full empty,hard soft,high low,light dark,rich poor,strong weak,good bad,yes no,"
    "inside outside,over under,true false,clean dirty,loud quiet,near far,first last,push pull,buy sell,win lose,"
    "begin end,love hate,north south,east west,right wrong,start stop,front back,top bottom,thick thin,wide narrow,"
    "deep shallow,easy difficult,safe dangerous,cheap expensive,sweet bitter,awake asleep,alive dead,always never"
)
PLURALS = (
    "child children,man men,woman women,foot feet,tooth teeth,goose geese,mouse mice,person people,leaf leaves,"
    "knife knives,wife wives,life lives,city cities,baby babies,lady ladies,story stories,country countries,box boxes,"
    "bus buses,dish dishes,watch watches,glass glasses,house houses,book books,table tables,chair chairs,dog dogs,"
    "cat cats,tree trees,car cars,hand hands,eye eyes,door doors,road roads,river rivers,flower flowers,letter letters,"
    "window windows,garden gardens,friend friends"
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
MONTHS += ("November", "December")


@cache
def exact_items() -> tuple[tuple[str, str, str], ...]:
    """(question, beginning of the answer, the right continuation) of 300 items, the kinds mixed."""
    kinds = [
        [(f"What number comes after {n}?", f"The number that comes after {n} is", str(n + 1)) for n in range(10, 130)],
        [(f"What number comes before {n}?", f"The number that comes before {n} is", str(n - 1)) for n in range(20, 72)],
        [(f"What is the opposite of {a}?", f"The opposite of {a} is", b) for a, b in _pairs(OPPOSITES)],
        [(f"What is the plural of {a}?", f"The plural of {a} is", b) for a, b in _pairs(PLURALS)],
        [(f"Which day comes after {a}?", f"The day after {a} is", b) for a, b in _next(DAYS)],
        [(f"Which month comes after {a}?", f"The month after {a} is", b) for a, b in _next(MONTHS)],
        [(f"Which day comes before {b}?", f"The day before {b} is", a) for a, b in _next(DAYS)],
        [(f"Which month comes before {b}?", f"The month before {b} is", a) for a, b in _next(MONTHS)],
    ]
    spread = sorted((i / len(kind), k, item) for k, kind in enumerate(kinds) for i, item in enumerate(kind))
    return tuple(item for _, _, item in spread)[:300]


def parts(chat: Chat, every: int = 1, every_exact: int = 1) -> tuple[Part, ...]:
    """Drift, exact items and prose; or every so many of them, drift alone if it is not read whole."""
    known = answers()
    drawn = [known[question] for question in world.unrelated()[1]]
    drift = chat.probe_rows([chat.pair(a.question, a.answer, ended=False) for a in drawn])
    if every > 1:
        return (losses(drift.take(slice(None, None, every)), "drift", halves=True),)
    items = [
        (chat.prompt(q) + chat.tokens(begin), chat.tokens(f" {right}"))
        for q, begin, right in exact_items()[::every_exact]
    ]
    return (
        losses(drift, "drift", halves=True),
        accuracy(chat.probe_rows(items), "exact"),
        losses(rows(prose(chat), chat.end, PROBE_TARGETS), "prose", halves=True),
    )


def prose(chat: Chat) -> list[tuple[list[int], list[int]]]:
    """The last tokens of short passages of this book, after what stands before them."""
    lines = (world.DATA / "prose.txt").read_text(encoding="utf-8").splitlines()
    passages = [chat.tokens(line)[:60] for line in lines]
    return [(tokens[:-PROBE_TARGETS], tokens[-PROBE_TARGETS:]) for tokens in passages]


def _pairs(text: str) -> list[tuple[str, str]]:
    return [tuple(pair.split(" ")) for pair in text.split(",")]


def _next(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(zip(names, names[1:] + names[:1], strict=True))
