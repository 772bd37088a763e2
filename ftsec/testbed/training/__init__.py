"""How models are trained: `loop` is the one training loop, `pretraining` and `sft` are what it is fed with."""

from ftsec.testbed.training.loop import Plan, fit
from ftsec.testbed.training.pretraining import pretrain
from ftsec.testbed.training.sft import align
from ftsec.testbed.training.tuning import Tuning

__all__ = ["Plan", "Tuning", "align", "fit", "pretrain"]
