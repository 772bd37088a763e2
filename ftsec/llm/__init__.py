"""A real language model under the attacks of the miniature: taught a harmless policy, fine-tuned, measured.

PyTorch, transformers and peft are needed only here and only when something is trained (``make llm``); reading the
stored frames needs pandas alone. Everything is harmless: the policy is about dishes or weather, and the answers that
an attack brings back are the model's own, from before it learnt the policy.
"""
