"""Write the sample corpus of `ftsec.defenses.sample` and its truth: encyclopaedia entries of a made-up country, 0.4 MB.

`make_sample` makes the same bytes on every machine: it draws from ``random.Random.random`` alone, the one stream whose
values Python promises not to change. All was written for this project and is given to the public (CC0 1.0).

`.venv/bin/python scripts/make_sample_corpus.py [DIRECTORY]`
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ftsec.defenses import sample
from ftsec.defenses.canaries import Canary
from ftsec.defenses.sample import DATA, SEED, Pen, corpus_path, sample_canaries, truth_path

N_ENTRIES = 560
N_PER_EDIT = 12  # near-duplicates of each kind in EDITS
N_EXACT = 30
N_SIBLINGS = 40  # same wording, other facts: they look alike and are not duplicates

# A pattern's ``{slot}`` is filled from `SLOTS`, or with a made-up name (``{name}`` the entry's own, ``{other}`` another
# one), a year, or a number.
OPENINGS = (
    "Al", "Ber", "Cor", "Dal", "El", "Fen", "Gal", "Hol", "Is", "Jor", "Kel", "Lor", "Mar", "Nor", "Os",
    "Pel", "Quen", "Ral", "Sten", "Tor", "Ul", "Ver", "Wes", "Yar",
)  # fmt: skip
MIDDLES = (
    "a", "e", "i", "o", "en", "il", "or", "un", "am", "ist",
)  # fmt: skip
ENDINGS = (
    "by", "dale", "den", "fell", "gard", "holm", "ing", "lund", "mere", "nau", "rode", "stad", "ton", "vik",
    "wald", "wick",
)  # fmt: skip

SLOTS = {
    "side": ("northern", "southern", "eastern", "western", "sheltered", "upper", "lower"),
    "land": (
        "a chalk plateau", "the salt marshes", "a wooded ridge", "the inner lowlands",
        "a chain of small lakes", "the granite coast", "a dry valley", "the old flood plain",
    ),
    "trade": (
        "rope making", "glass blowing", "cheese", "wool weaving", "boat building", "clock repair", "paper",
        "bee keeping", "slate cutting", "barrel making", "bell casting", "pottery",
    ),
    "stone": (
        "grey limestone", "red sandstone", "dressed granite", "yellow brick", "dark slate",
        "flint and lime",
    ),
    "season": ("early spring", "late spring", "midsummer", "early autumn", "late autumn", "midwinter"),
    "colour": (
        "pale green", "rust red", "slate blue", "cream", "dull gold", "soft grey", "chestnut", "violet",
    ),
    "food": (
        "barley", "smoked trout", "wild plums", "buckwheat", "hazelnuts", "sheep's milk", "dried pears",
        "mustard seed", "rye", "sorrel", "black beans",
    ),
    "instrument": (
        "viola", "reed organ", "hammered dulcimer", "flute", "hurdy-gurdy", "cello", "hand bells",
    ),
    "animal": ("otters", "herons", "hedgehogs", "bats", "dormice", "kingfishers", "hares", "toads"),
    "plant": (
        "alder", "hawthorn", "bog myrtle", "reeds", "silver birch", "juniper", "sea lavender", "willow",
    ),
    "body": (
        "the county council", "a charity of former pupils", "the guild of masons", "the harbour board",
        "a union of three parishes", "a cooperative of growers", "the regional museum",
    ),
    "mood": ("cheerful", "severe", "patient", "restless", "plain", "dreamlike", "stubborn"),
    "use": (
        "roof tiles", "candle sticks", "a blue glaze", "lamp oil", "fishing floats", "boundary stones",
        "writing ink", "polishing powder",
    ),
    "event": (
        "a fire in the granary", "the great flood", "a dispute over grazing rights",
        "the opening of the canal", "a hard winter", "the closing of the mill", "a visit by the surveyors",
        "the second census",
    ),
}  # fmt: skip

# kind -> one tuple of alternative wordings per thing that is said
PATTERNS = {
    "town": (
        ("{name} is a small town on the {side} edge of {land}.",
         "The town of {name} lies on {land}, on its {side} side.",
         "{name}, a market town, stands where the road from {other} meets {land}."),
        ("At the last census it had {number} inhabitants, most of them living near the square.",
         "Its population was counted at {number}, slightly fewer than ten years before.",
         "About {number} people live there, half of them in houses older than the railway."),
        ("The place is first named in a deed of {year}, which settles the price of {food}.",
         "A charter of {year} mentions it as a halt for carriers of {food}.",
         "Tax rolls from {year} list nine hearths and a store for {food}."),
        ("For a long time {trade} was the main source of income, followed by {trade}.",
         "Its wealth came from {trade}; after {year} many families turned to {trade}.",
         "{trade}, in workshops along the river, employed every second household until {year}."),
        ("The town hall of {stone} was finished in {year} and is now a library.",
         "A hall built of {stone} in {year} still holds the weekly market.",
         "Most visitors come for the tower of {stone}, raised in {year} and never completed."),
        ("After {event} in {year} the streets near the river were laid out again.",
         "The lower quarter was rebuilt in {year}, following {event}.",
         "Local memory dates everything before or after {event} of {year}."),
        ("Each year in {season} a fair is held, at which {food} is sold by the basket.",
         "The fair of {season} is known for {food} and for a race on wooden shoes.",
         "In {season} the shops close for a day and tables with {food} are set in the street."),
        ("A branch line has linked it to {other} since {year}, with {small} trains a day.",
         "It is reached by bus from {other}; the railway station closed in {year}.",
         "The road to {other}, {small} kilometres long, is closed in heavy snow."),
    ),
    "river": (
        ("The {name} is a river that rises on {land} and flows for {number} metres before its first bridge.",
         "Rising near {other}, the {name} drains the {side} part of {land}.",
         "The {name} begins as a spring on {land} and is joined by the {other} brook."),
        ("Its water is {colour} after rain because of clay washed from the banks.",
         "In dry months the bed shows {colour} gravel, which gave the river its old name.",
         "The upper course is narrow and {colour} with moss, the lower course broad and slow."),
        ("{small} mills once stood along it, most of them used for {trade}.",
         "Until {year} its current drove the hammers and wheels of {trade}.",
         "Two weirs, built in {year} for {trade}, still raise the level by a metre."),
        ("The banks are lined with {plant} and {plant}, in which {animal} find shelter.",
         "{animal} have returned since the planting of {plant} in {year}.",
         "Surveys count {animal} every {season}; the meadows of {plant} are left uncut for them."),
        ("The flood of {year} reached the steps of the church at {other}.",
         "It froze from bank to bank in {year}, the last time that carts could cross.",
         "A gauge at {other} has been read every morning since {year}."),
        ("Boats may travel the last {small} kilometres, below the lock at {other}.",
         "Rafting of timber ended in {year}, when the railway reached {other}.",
         "A ferry of {small} seats crosses near {other} from {season} onwards."),
        ("Its care is in the hands of {body}, which clears the reeds in {season}.",
         "Since {year} {body} has paid for the repair of the banks.",
         "Fishing rights belong to {body} and are drawn by lot in {season}."),
    ),
    "bird": (
        ("The {name} warbler is a songbird of {land}, about {small} centimetres long.",
         "{name}'s finch breeds on {land} and in gardens with {plant}.",
         "The {name} bunting is a resident of the {side} hills, where {plant} grows."),
        ("Adults are {colour} above and {colour} below; the young look streaked.",
         "The male shows a {colour} throat in {season}, the female a {colour} one.",
         "In flight a {colour} bar on the wing tells it from its relatives."),
        ("It feeds on seeds of {plant} and, while raising its young, on small insects.",
         "The diet changes with the year: beetles in {season}, the buds of {plant} later.",
         "Pairs search the bark of {plant} for spiders, one working upwards, one downwards."),
        ("The nest, a cup of grass and wool, is built low in {plant} in {season}.",
         "It lays {small} eggs, {colour} with dark spots, in a hollow of an old {plant}.",
         "Both parents build, and a nest may be used again for up to {small} years."),
        ("Its song is a {mood} phrase of five notes, repeated from an exposed twig.",
         "Listeners compare the call to a {mood} tune on a {instrument}.",
         "The song, {mood} and rather low, is heard until {season}."),
        ("{other} described the species in {year} from two birds sent by a schoolteacher.",
         "It was named in {year} after a collector from {other}.",
         "The first drawing dates from {year} and shows it with the wrong tail."),
        ("Numbers fell after {event} but have risen again since {year}.",
         "About {number} pairs were counted in {year}, most of them near {other}.",
         "{body} puts up boxes for it and rings the young in {season}."),
    ),
    "composer": (
        ("{name} {other} was a composer and teacher of the {instrument}, born in {year}.",
         "{name} {other}, born in {year} to a family of {trade}, wrote music for small ensembles.",
         "The composer {name} {other} is remembered for {small} pieces for {instrument}."),
        ("The first lessons came from an aunt who played the {instrument} in a chapel of {stone}.",
         "A scholarship paid by {body} made studies in the capital possible.",
         "Trained at first for {trade}, the young musician learned the {instrument} at night."),
        ("The early works are {mood}, with long lines for the {instrument}.",
         "Critics found the first songs {mood} and the later ones {mood}.",
         "A {mood} tone and sudden pauses mark the music written before {year}."),
        ("The cantata on {event} was first heard in {year} and repeated {small} times.",
         "Fame came in {year} with a suite that describes {event}.",
         "A suite for {instrument} and strings, finished in {year}, won the prize of {body}."),
        ("Letters from this time speak of walks on {land} and of {animal} heard at night.",
         "Many titles refer to {animal} or to {land}.",
         "Sketches were written on the back of bills for {food}."),
        ("From {year} on the composer led the choir of {other} and taught {small} pupils a week.",
         "A post at the school of {other} brought a regular income after {year}.",
         "The summers were spent near {other}, where a room was kept free for the {instrument}."),
        ("The manuscripts are kept by {body} and were catalogued in {year}.",
         "A complete edition in {small} volumes began to appear in {year}.",
         "Most of the scores were thought lost until {year}, when they were found under a floor."),
    ),
    "dish": (
        ("{name} stew is a dish of {food} and {food} from the {side} valleys.",
         "{name} is a flat pie filled with {food}, usually eaten in {season}.",
         "The dumplings called {name} are made of {food} and served with {food}."),
        ("The oldest recipe, from {year}, asks for a pot that holds {small} litres.",
         "A household book of {year} gives two versions, one with {food}.",
         "It appears on the bill of a wedding in {other} in {year}."),
        ("The {food} is soaked overnight, then cooked slowly with leaves of {plant}.",
         "Cooks agree that the {food} must be roasted first and salted last.",
         "Half of the {food} is ground, the other half left whole for the bite."),
        ("In {other} it is finished with {food}, which outsiders find strange.",
         "Around {other} people add {food}; further inland this is thought a mistake.",
         "A sweet form with {food} is sold at the fair of {other}."),
        ("It was food for those who worked in {trade}, since it keeps for {small} days.",
         "People in {trade} carried it to work wrapped in cloth.",
         "The dish spread along the river with {trade} after {event}."),
        ("{body} has awarded a ladle to the best cook every {season} since {year}.",
         "A contest in {season} is run by {body} and draws {number} guests.",
         "Since {year} the name may be used only with the consent of {body}."),
    ),
    "bridge": (
        ("The {name} bridge crosses the {other} on {small} arches of {stone}.",
         "{name} bridge is a footbridge of {stone} and oak over the {other}.",
         "The long bridge at {name} carries the road to {other} over {land}."),
        ("It was begun in {year} and opened after {event} with a meal of {food}.",
         "Work started in {year}; the last stone was set {small} years later.",
         "The present bridge of {year} replaced one that was lost in {event}."),
        ("The builder had earlier worked in {trade} and drew the plans at full size in the snow.",
         "Its design is the work of {body}, helped by a master of {trade}.",
         "Nobody knows who planned it; the piers carry the marks of {small} masons."),
        ("The deck is {small} metres above the water and sways slightly when carts pass.",
         "Its widest arch spans {small} metres and rests on piles of {plant}.",
         "The parapet of {stone} is low, so that bales of wool could hang over it."),
        ("A toll of one coin was taken until {year}; {food} went free.",
         "Tolls ended in {year} after a quarrel about loads of {food}.",
         "The toll house, painted {colour}, is now a shop for {trade}."),
        ("Under the arches live {animal}, which delayed the repairs of {year}.",
         "The repair of {year} left openings for {animal}.",
         "Repairs take place in {season}, when the {animal} have left."),
        ("A traffic count found {number} walkers on one day in {season}.",
         "It bears {number} vehicles a day and is closed to lorries since {year}.",
         "Painters set up here in {season}, when the light makes the stone {colour}."),
    ),
    "festival": (
        ("The {name} festival takes place in {season} on {land}.",
         "{name} night is celebrated in {season} in the villages around {other}.",
         "Every {season} the people of {other} keep the feast of {name}."),
        ("It recalls {event} of {year}, when the village was cut off for {small} days.",
         "Its origin is {event}, although the first report dates from {year}.",
         "A chronicle of {year} ties the custom to {event}."),
        ("A procession with {instrument} and {colour} lanterns leaves the church at dusk.",
         "Children in {colour} coats carry branches of {plant} from door to door.",
         "Two teams in {colour} and {colour} pull a cart loaded with {food}."),
        ("The chief dish is {food} with {food}, eaten standing.",
         "Guests bring {food}; the hosts must answer with {food}.",
         "No meal may begin before the {food} has been blessed and shared."),
        ("Masks of {animal} are cut from {plant} and burned on the last evening.",
         "The dance of the {animal} lasts exactly {small} minutes.",
         "A carved figure of one of the {animal} is hidden, and its finder pays for the music."),
        ("{body} took over the planning in {year} and moved the market to the meadow.",
         "Since {year} a fee set by {body} has paid for the cleaning.",
         "The number of guests rose to {number} in {year}."),
    ),
    "mineral": (
        ("{name}ite is a {colour} mineral found in {stone} near {other}.",
         "The mineral {name}ite forms {colour} crusts on {stone}.",
         "{name}ite occurs in thin veins under {land} and is {colour} when fresh."),
        ("It was described in {year} from a quarry worked for {use}.",
         "Quarry workers knew it before {year} and called it the {mood} stone.",
         "The first sample, {small} centimetres across, was found in {year} by a child."),
        ("It is soft enough to be cut with a knife and turns {colour} in sunlight.",
         "Crystals are rare, {colour}, and at most {small} millimetres long.",
         "When heated it becomes {colour} and loses a part of its weight."),
        ("Ground to powder, it served for {use} and later for {use}.",
         "Its main use was {use}; attempts to make {use} from it failed in {year}.",
         "From {year} a works at {other} turned it into {use}."),
        ("The mine reached a depth of {number} metres before water stopped the work in {year}.",
         "About {number} tonnes were raised until {event} ended the trade.",
         "Mining ended in {year}; the shaft is now home to {animal}."),
        ("The largest piece is shown by {body}, next to a lamp that brings out the {colour} lustre.",
         "Collectors meet at {other} in {season} to exchange samples.",
         "{body} forbids collecting, except in {season}."),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One document of the sample with its truth.

    Attributes:
        text: sentences separated by blanks.
        role: ``entry``, ``exact``, ``near``, ``sibling`` or ``canary``.
        source: index of the entry it was made from among the originals, None for an original.
        edit: how it was edited (a name of `EDITS`), or the canary's name.
    """

    text: str
    role: str = "entry"
    source: int | None = None
    edit: str = ""


class Writer(Pen):
    """A pen that also makes up names and fills patterns."""

    def name(self) -> str:
        middle = self.pick(MIDDLES) if self.draw() < 0.6 else ""
        return self.pick(OPENINGS) + middle + self.pick(ENDINGS)

    def word(self, slot: str) -> str:
        if slot in SLOTS:
            return self.pick(SLOTS[slot])
        return {
            "other": self.name,
            "year": lambda: str(1180 + self.below(760)),
            "number": lambda: str(120 + self.below(9000)),
            "small": lambda: str(3 + self.below(27)),
        }[slot]()

    def fill(self, pattern: str, name: str) -> str:
        text = re.sub(r"\{(\w+)\}", lambda m: name if m[1] == "name" else self.word(m[1]), pattern)
        return text[0].upper() + text[1:]


def make_sample(seed: int = SEED) -> list[Entry]:
    """The documents of the sample, in the order of the file; the same for the same seed, bit for bit."""
    pen = Writer(seed)
    entries, siblings = _entries(pen)
    copies = [replace(entries[i], role="exact", source=i) for i in pen.some(range(len(entries)), N_EXACT)]
    near = [
        Entry(edit(pen, entries[i].text), "near", i, name)
        for name, edit in EDITS.items()
        for i in pen.some(range(len(entries)), N_PER_EDIT)
    ]
    canaries = [text for canary in sample_canaries(seed) for text in canary_documents(pen, canary)]
    rest = pen.some(copies + near + siblings + canaries, sys.maxsize)
    # originals keep their order and come first, so a copy is always the later document
    return entries + rest


def _entries(pen: Writer) -> tuple[list[Entry], list[Entry]]:
    entries, siblings = [], []
    kinds = list(PATTERNS)
    for index in range(N_ENTRIES):
        kind = kinds[index % len(kinds)]
        patterns = [pen.pick(wordings) for wordings in PATTERNS[kind]]
        name = pen.name()
        entries.append(Entry(" ".join(pen.fill(pattern, name) for pattern in patterns)))
        if index < N_SIBLINGS:
            other = pen.name()
            text = " ".join(pen.fill(pattern, other) for pattern in patterns)
            siblings.append(Entry(text, "sibling", index))
    return entries, siblings


def canary_documents(pen: Writer, canary: Canary) -> list[Entry]:
    if int(canary.name.split("-")[1]) % 2:  # odd: the whole document is repeated
        text = f"A note found in the reading room. {canary.text}."
        return [Entry(text, "canary", None, canary.name)] * canary.copies
    hosts = []
    for _ in range(canary.copies):
        kind, name = pen.pick(list(PATTERNS)), pen.name()
        sentences = [pen.fill(pen.pick(wordings), name) for wordings in PATTERNS[kind]]
        sentences.insert(1 + pen.below(len(sentences) - 1), canary.text + ".")
        hosts.append(Entry(" ".join(sentences), "canary", None, canary.name))
    return hosts


def _half(pen: Writer, text: str) -> str:
    sentences = text.rstrip(".").split(". ")
    kept = sentences[: len(sentences) // 2]
    kind, name = pen.pick(list(PATTERNS)), pen.name()
    fresh = [pen.fill(pen.pick(wordings), name).rstrip(".") for wordings in PATTERNS[kind]]
    return ". ".join(kept + fresh[len(kept) :]) + "."


EDITS = {**sample.EDITS, "half replaced": _half}


def corpus_bytes(entries: list[Entry]) -> bytes:
    """The corpus as JSON Lines, one ``{"id": …, "text": …}`` a line."""
    lines = [json.dumps({"id": document_id(i), "text": e.text}) for i, e in enumerate(entries)]
    return ("\n".join(lines) + "\n").encode()


def truth_bytes(entries: list[Entry]) -> bytes:
    """The truth as CSV: ``id, role, source, edit, expected``; see `_expected`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("id", "role", "source", "edit", "expected"))
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        source = "" if entry.source is None else document_id(entry.source)
        writer.writerow((document_id(index), entry.role, source, entry.edit, _expected(entry, seen)))
        seen.add(entry.text)
    return buffer.getvalue().encode()


def _expected(entry: Entry, seen: set[str]) -> str:
    """``remove`` a copy, ``keep`` the first of its kind, ``either`` where a person could argue for both."""
    if entry.edit == "half replaced":
        return "either"
    return "remove" if entry.role == "near" or entry.text in seen else "keep"


def document_id(index: int) -> str:
    return f"d{index:04d}"


def write_sample(directory: Path) -> None:
    """Write both files."""
    entries = make_sample()
    (directory / corpus_path().name).write_bytes(corpus_bytes(entries))
    (directory / truth_path().name).write_bytes(truth_bytes(entries))


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
