"""The one exception that means: the user gave us something we cannot use."""


class InputError(ValueError):
    """A user's mistake, told in one sentence: what was wrong and what is allowed.

    The command line prints the sentence and exits with 2; in Python it is an ordinary ``ValueError``.
    """
