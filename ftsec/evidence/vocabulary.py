"""The words the tables may use; a word that is not here is a typing mistake and is refused."""

from __future__ import annotations

CLAIM_TYPES = ("number", "qualitative", "attribution", "arithmetic")

# fact: the literature measured something else; attribution: the source named does not say it;
# code: the article's own function does not do what it says; typography: only the spelling is wrong
DEFECT_KINDS = ("fact", "attribution", "code", "typography")
# what the article does with the claim: states it, credits a source with it, or only shows it in example code
MADE_AS = ("assertion", "attribution", "demonstration")
# exposed: who follows the claim, or runs the function, believes a risk smaller than measured or lets a case pass that
# the article means to stop; over-cautious: does more than the evidence asks; no consequence: a credit, a spelling or a
# number that changes no decision
SEVERITIES = ("exposed", "over-cautious", "no consequence")

# what kind of text the number was read in, best first
PROVENANCES = ("authors", "paper_text", "abstract", "notes", "secondary", "memory")
# shown with a mark wherever they appear and left out of every fit unless asked for
WEAK_PROVENANCES = ("notes", "secondary", "memory")
STATUSES = ("verified", "recalled")

# how a model was fine-tuned; orpo: on preference pairs, with LoRA adapters; api: the provider does not say
METHODS = ("full", "lora", "prefix_tuning", "llama_adapter", "ia3", "orpo", "api")
# benign: ordinary harmless data; benign_crafted: harmless by content, chosen or written to take safety away
ATTACKS = ("harmful", "identity_shifting", "benign", "benign_crafted", "backdoor", "covert", "poisoning", "other")
DEFENSES = (
    "aligned_prefix",  # the first words of an answer are forced or come from the aligned model
    "backdoor_removal",
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
    "GB",
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
    "pages",
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

# in the name of a model: the level before fine-tuning is the study's own work, not that of the model's maker
ALIGNED_BY_AUTHORS = "aligned by the authors"
