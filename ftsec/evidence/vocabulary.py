"""The words the tables may use; a word that is not here is a typing mistake and is refused."""

from __future__ import annotations

CLAIM_TYPES = ("number", "qualitative", "attribution", "arithmetic")

# fact: the literature measured something else; attribution: the source named does not say it;
# code: the article's own function does not do what it says; typography: only the spelling is wrong
DEFECT_KINDS = ("fact", "attribution", "code", "typography")
# high: a team that follows the claim ends up exposed; medium: the advice stands, the number, credit or
# warning is wrong; low: nobody is misled about a risk
SEVERITIES = ("low", "medium", "high")

# what kind of text the number was read in, best first
PROVENANCES = ("authors", "paper_text", "abstract", "notes", "secondary", "memory")
# shown with a mark wherever they appear and left out of every fit unless asked for
WEAK_PROVENANCES = ("notes", "secondary", "memory")
STATUSES = ("verified", "recalled")

# how a model was fine-tuned; api: the provider does not say
METHODS = ("full", "lora", "prefix_tuning", "llama_adapter", "api")
ATTACKS = ("harmful", "identity_shifting", "benign", "backdoor", "covert", "poisoning", "other")
DEFENSES = (
    "constrained_sft",
    "data_moderation",
    "deduplication",
    "dissimilar_alignment_data",
    "hyperparameters",
    "pretraining_filter",
    "realignment",
    "rsn_tune",
    "safe_lora",
    "safety_examples",
    "safety_recovery_data",
    "safety_vector",
    "weight_restoration",
)
OUTCOMES = ("harmfulness_rate", "attack_success_rate", "harmfulness_score", "refusal_rate")
PRECISIONS = ("exact", "about", "range", "at_least", "at_most")

PERCENT = "%"
WORDS_UNITS = ("formula", "text")  # the value is not a number
UNITS = (
    PERCENT,
    "percentage points",
    "ratio",
    "x",
    "score 0-1",
    "score 1-5",
    "score 1-10",
    "accuracy",
    "bits",
    "nats",
    "B",
    "B parameters",
    "CVEs",
    "GPU hour",
    "T tokens",
    "USD",
    "comparisons",
    "copies",
    "data sets",
    "days",
    "dialogues",
    "documents",
    "epochs",
    "examples",
    "issues",
    "minutes",
    "models",
    "petaflop/s-days",
    "prompts",
    "refusals of 520",
    "samples",
    "steps",
    "threats",
    "tokens",
    "versions",
    *WORDS_UNITS,
)
# units whose numbers have an upper bound
UPPER_BOUNDS = {PERCENT: 100.0, "score 0-1": 1.0, "score 1-5": 5.0, "score 1-10": 10.0, "accuracy": 1.0}
