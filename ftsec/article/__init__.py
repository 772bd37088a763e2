"""What the articles say: their tables and formulas as printed, defects included.

Two public articles of redteams.ai stand behind this room: *Security Comparison: Pre-training vs Fine-tuning*
("the comparison") and *Fine-Tuning Attack Surface* ("the overview of attacks"). Names, levels, numbers and
short table cells are given as printed; remarks and explanations are paraphrased. Where printed code does
not do what its comment says, this room does what the code does, and the docstring says so. Corrections live
elsewhere.

Only the standard library is used, so that every model also runs inside a web page.
"""
