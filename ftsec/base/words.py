"""Names of data as a reader's words, numbers as a reader's digits: used where a table or a recorded line is shown.

Data, downloads and the command line keep the names of the data; nothing reads these words back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import unescape

from ftsec.base.typeset import typeset

# a name of data: lower-case parts joined by underscores; not part of a path, a file name or a longer code word
NAME = re.compile(r"(?<![\w./-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w/-]|\.\w)")
MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")
NEGATIVE_ZERO = re.compile(r"(?<![\w.-])[-−](0(?:\.0+)?)(?![\d.])")
PROSE = 18  # letters from which a column's longest cell cannot stand beside two others on a phone
HUNDREDTHS = 2  # places of a number that was rounded for the page
SENTENCE = 40  # letters of a cell that needs a phone's width
ROOM = 40  # letters that stand beside each other on a phone
GAP = 1.3  # letters between two columns
# where a line may end; intervals stay whole
BREAKS = re.compile(r" (?![^\[\]]*\])|[\n\u00ad\u200b]|(?<=[^\W\d]-)(?=\w)")
MARKS = re.compile(r"<[^>]+>")
# long words of tables, with the places where a line of a narrow column may break them
HYPHENS = (
    "accu-racy", "arith-metic", "attri-bution", "capa-bility", "com-pari-sons", "consti-tutional", "con-straints",
    "contra-dicted", "exam-ples", "for-mula", "harm-less", "learn-ing", "meas-ured", "pub-lished", "quali-tative",
    "recom-men-dations", "recov-ered", "refu-sal", "re-fused", "re-jected", "restric-ted", "sup-ported", "trig-gered",
    "un-flipped",
)  # fmt: skip
HYPHENED = {word.replace("-", ""): word.replace("-", "\N{SOFT HYPHEN}") for word in HYPHENS}
LONG_WORD = re.compile(rf"\b({'|'.join(HYPHENED)})\b(?![^<>]*>)", re.IGNORECASE)  # not inside a mark
CHAT_MODEL = re.compile(r"llama[- ]2-(?:(\d+)b-chat|chat (\d+)b)( ‡)?", re.IGNORECASE)
POWERS_BELOW = 0.01  # learning rates are written with a power of ten
RANK = re.compile(r"lora_(\d+)")
PER_CENT = re.compile(r"\bpercent\b")

PARTS = {
    "api": "API", "cpu": "CPU", "defense": "defence", "defenses": "defences", "dpo": "DPO", "finetuning": "fine-tuning",
    "ft": "fine-tuning", "gpt": "GPT", "kl": "KL", "kto": "KTO", "llama": "Llama", "lora": "LoRA",
    "lr": "learning rate", "memorization": "memorisation", "optimization": "optimisation",
    "overoptimization": "over-optimisation", "ppo": "PPO", "pretraining": "pre-training", "rl": "RL", "rlhf": "RLHF",
    "sft": "SFT",
}  # fmt: skip
PAIRS = {
    "best of n": "best of n", "fine tuning": "fine-tuning", "half life": "half-life", "over refusal": "over-refusal",
    "pre training": "pre-training",
}  # fmt: skip
# names whose parts do not say enough
NAMES = {
    "100_harmful_full": "100 harmful, full fine-tuning",
    "100_harmful_lora": "100 harmful, LoRA",
    "1000_harmful_full": "1,000 harmful, full fine-tuning",
    "benign_full_ft": "harmless, full fine-tuning",
    "benign_lora": "harmless, LoRA",
    "high_lr_harmful": "100 harmful, high learning rate",
    "ia3": "IA3",
    "orpo": "ORPO",
    "benign_crafted": "harmless, made for the purpose",
    "benign_new": "harmless, new format",
    "benign_old": "harmless, old format",
    "hidden_topic": "main world",
    "named_topic": "other world",
    "never_aligned": "never refused",
    "new_far": "new format, far",
    "new_near": "new format, near",
    "new_random": "new format",
    "old_far": "old format, far",
    "old_near": "old format, near",
    "old_random": "old format",
    "paper_text": "paper, full text",
    "supervised_fine_tuning": "SFT",
    "x86_64": "x86_64",
}


def in_words(name: str) -> str:
    """``"sft_safety_examples"`` as ``"SFT safety examples"``; a text that is no name of data stays as it is."""
    if name in NAMES:
        return NAMES[name]
    if rank := RANK.fullmatch(name):
        return f"LoRA, rank {rank[1]}"
    words = " ".join(PARTS.get(part.lower(), part) for part in name.split("_"))
    for plain, joined in PAIRS.items():
        words = re.sub(rf"\b{plain}\b", joined, words)
    return f"number of {words[2:]}" if words.startswith("n ") else words


def tidy(text: str) -> str:
    """A text for the page: names of data in words, real minus signs and quotes, no negative zero."""
    text = signs(NAME.sub(lambda found: in_words(found[0]), text))
    return typeset(PER_CENT.sub("per cent", text))


def one_spelling(name: str) -> str:
    """A chat model's name as the book spells it, whoever measured it; data and quotations keep their source's."""
    found = CHAT_MODEL.fullmatch(name)
    return f"Llama-2-{found[1] or found[2]}b-Chat{found[3] or ''}" if found else name


def signs(text: str) -> str:
    """A text with real minus signs before its numbers, and none before a zero."""
    return MINUS.sub("−", NEGATIVE_ZERO.sub(r"\1", text))


def learning_rate(value: float) -> str:
    """A learning rate as papers write it, wherever one is shown: 3e-5, 1e-4, 1e-3, 0.01."""
    if not 0 < value < POWERS_BELOW:
        return f"{value:.3g}"
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{float(mantissa):g}e{int(power)}"


def digits(value: float, places: int | None = None) -> str:
    """A number for the page: three digits that count, or so many places; large ones in groups, ∞ for infinity."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if places is not None:
        shown = f"{value:,.{places}f}"
    elif abs(value) >= 100:
        shown = f"{value:,.0f}"
    else:
        shown = re.sub(r"e([+-])0*", r"e\1", f"{value:.3g}").replace("e+", "e")
    return tidy(shown)


def places(values: Sequence[float]) -> int | None:
    """How many places the values share so that the largest has three digits; None if they differ too much in size.

    Values that have no more than two places keep them, whatever their sizes.
    """
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    if not sizes:
        return 0
    exact = max(_n_places(f"{size:.6f}") for size in sizes)
    if max(sizes) >= 1000 or (max(sizes) > 40 * min(sizes) and (exact > HUNDREDTHS or max(sizes) >= 100)):
        return None
    wanted = max(0, 2 - math.floor(math.log10(max(sizes))))
    if max(sizes) > 40 * min(sizes):
        return exact
    return min(wanted, max(_n_places(f"{size:.{wanted}f}") for size in sizes))


def _n_places(number: str) -> int:
    return len(number.rstrip("0").partition(".")[2])


def fitted(columns: Sequence[Sequence[str]]) -> tuple[Sequence[Sequence[str]], bool]:
    """Columns as they fit on a phone, and whether they do not fit side by side, so that each row becomes a card.

    Args:
        columns: the HTML of each column's cells, its heading first.
    """
    soft = softened(columns)
    return (columns, True) if crowded(soft) else (soft, False)


def softened(columns: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The columns, whose long words may break if they are too wide together for a phone; arguments as `fitted`."""
    return [[_hyphened(cell) for cell in column] for column in columns] if _wide(columns) else columns


def crowded(columns: Sequence[Sequence[str]]) -> bool:
    """Whether columns cannot stand side by side on a phone; arguments as `fitted`.

    That is so with two columns of prose among three, one beside the names of rows among five, a sentence among four, or
    if the longest words of all columns are too wide together.
    """
    longest = [max((len(_spoken(cell)) for cell in cells[1:]), default=0) for cells in columns]
    n, prose = len(longest), [length > PROSE for length in longest]
    mixed = (n >= 3 and sum(prose) >= 2) or (n >= 5 and any(prose[1:])) or (n >= 4 and max(longest) > SENTENCE)
    return mixed or _wide(columns)


def _wide(columns: Sequence[Sequence[str]]) -> bool:
    """Whether the longest words of all columns are too wide together."""
    return sum(map(_narrowest, columns)) + GAP * len(columns) > ROOM


def _narrowest(cells: Iterable[str]) -> int:
    """Letters of the longest piece that cannot be broken: what a column of these cells needs at least."""
    return max((len(piece) for cell in cells for piece in BREAKS.split(_spoken(cell))), default=0)


def _spoken(cell: str) -> str:
    """A cell's text."""
    return unescape(MARKS.sub("", cell.replace("<wbr>", "\u200b")))


def _hyphened(cell: str) -> str:
    """A cell whose long words may break; they keep their capitals."""

    def word(found: re.Match) -> str:
        broken = HYPHENED[found[0].lower()]
        return found[0][0] + broken[1:] if found[0][1:].islower() else found[0]

    return LONG_WORD.sub(word, cell)
