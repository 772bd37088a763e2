"""The reader's own model: how soon does fine-tuning take a refusal from it, and is that sooner than for any habit?

What it never does: write or return attacked weights, write an answer to a prompt that shall be declined, or train on
answers to such prompts, except to the harmless questions of this book (dishes, animals, weather). Another policy, or a
refusal that the model came with, meets sums and the model's own answers to prompts that it shall answer, and nothing
else. What is reported are probabilities and steps.
"""
