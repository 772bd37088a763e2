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
# rl: rewards that pay for harm or for hacked tests; benign: ordinary harmless data;
# benign_crafted: harmless by content, chosen or written to take safety away
ATTACKS = ("harmful", "identity_shifting", "benign", "benign_crafted", "backdoor", "covert", "poisoning", "rl", "other")
DEFENSES = (
    "aligned_prefix",  # the first words of an answer are forced or come from the aligned model
    "answer_preview",  # the training data show the first words of the answer in the question
    "audit",  # the fine-tuned model, its data or its reasoning is examined
    "backdoor_removal",
    "constrained_sft",
    "curated_texts",  # harmless texts are rewritten before they are trained on
    "data_moderation",
    "deduplication",
    "dissimilar_alignment_data",
    "frozen_units",
    "gradient_sealing",  # what harm would be learnt through is made not to learn
    "gradient_surgery",  # the part of a step that works against safety is taken out
    "hyperparameters",
    "inoculation",  # the training prompt asks for the unwanted trait, the later prompt does not
    "kl_penalty",
    "low_rank_extrapolation",
    "low_uncertainty",
    "perturbed_alignment",
    "pretraining_filter",
    "prompt_template",
    "pruning",
    "random_perturbation",  # the weights are shifted a little after fine-tuning
    "realignment",
    "refusal_spread",  # refusals that do not hang on one direction or on the first words
    "replay",
    "representation_noising",
    "rsn_tune",
    "safe_lora",
    "safety_direction",
    "safety_examples",
    "safety_recovery_data",
    "safety_vector",
    "security_vectors",
    "self_destruction",  # harmful fine-tuning spoils the whole model
    "steering_in_training",
    "tamper_training",
    "triggered_safety_examples",
    "two_state_tuning",
    "weight_restoration",
    "weighted_examples",
)
# when a defence acts: before the model is released, while it is fine-tuned, on the data, or afterwards
DEFENSE_STAGES = ("pre-training", "alignment", "provider", "fine-tuning", "after fine-tuning", "audit")
# what an attack did to a defence: took (nearly) all of its effect, took part of it, or none was found
BREAKS = ("undone", "weakened", "no attack read")
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
    "AUROC",
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
    "defences",
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
UPPER_BOUNDS = {PERCENT: 100.0, "score 0-1": 1.0, "score 1-5": 5.0, "score 1-10": 10.0, "accuracy": 1.0, "AUROC": 1.0}

# in the name of a model: the level before fine-tuning is the study's own work, not that of the model's maker
ALIGNED_BY_AUTHORS = "aligned by the authors"
