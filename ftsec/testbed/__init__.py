"""What we measure: a miniature language-model pipeline, really trained.

Read the modules in this order: `world` (the synthetic language), `model` (the transformer, forward and backward),
`training` (pre-training, SFT, fine-tuning), `attacks` (what an attacker trains on), `measures` (what we ask a
trained model), `statistics` (how sure we are), `experiments` (one function per question).
"""
