"""All tables of the second article, and the first one's defenses, framework and takeaways, in one place."""

from ftsec.article.alignment_tax import ALIGNMENT_TAX, REMOVAL_TABLE, SafetyRemoval, TaxState
from ftsec.article.methods import METHOD_COMPARISON, MethodComparison
from ftsec.article.pipeline import (
    ATTACKS_BY_ACCESS,
    ATTACKS_BY_STAGE,
    PIPELINE_STAGES,
    AccessAttack,
    PipelineStage,
    StageAttack,
)
from ftsec.article.rated import Rated
from ftsec.article.recommendations import (
    DECISION_FRAMEWORK,
    KEY_TAKEAWAYS,
    PRE_TRAINING_DEFENSES,
    Decision,
    PreTrainingDefense,
    Takeaway,
)
from ftsec.article.service import DEFENSE_STRATEGIES, SERVICE_RISKS, DefenseStrategy, ServiceRisk

__all__ = [
    "ALIGNMENT_TAX",
    "ATTACKS_BY_ACCESS",
    "ATTACKS_BY_STAGE",
    "DECISION_FRAMEWORK",
    "DEFENSE_STRATEGIES",
    "KEY_TAKEAWAYS",
    "METHOD_COMPARISON",
    "PIPELINE_STAGES",
    "PRE_TRAINING_DEFENSES",
    "REMOVAL_TABLE",
    "SERVICE_RISKS",
    "AccessAttack",
    "Decision",
    "DefenseStrategy",
    "MethodComparison",
    "PipelineStage",
    "PreTrainingDefense",
    "Rated",
    "SafetyRemoval",
    "ServiceRisk",
    "StageAttack",
    "Takeaway",
    "TaxState",
]
