"""What the page's Python does with a listing that a reader edited. Standard library alone: it runs in the browser."""

from __future__ import annotations

import contextlib
import io
import pprint
from importlib import import_module

LISTING, CALL = "<the code>", "<the call>"
WIDTH = 68


def run(module: str, code: str, call: str) -> tuple[bool, str]:
    """Run the code with the names of its module around it, then evaluate the call.

    Returns:
        whether it went well; and what was printed, then the result, or one sentence that says what went wrong.
    """
    names, said = dict(vars(import_module(module))), io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(compile(code, LISTING, "exec"), names)
            result = eval(compile(call.strip(), CALL, "eval"), names)
    except SyntaxError as error:
        where = f"line {error.lineno} of the code" if error.filename == LISTING else "the call"
        return False, f"Python cannot read {where}: {error.msg}."
    except BaseException as error:
        return False, f"{type(error).__name__} in {_place(error)}: {error}"
    return True, f"{said.getvalue()}{pprint.pformat(result, width=WIDTH, sort_dicts=False)}"


def _place(error: BaseException) -> str:
    """The last line of the listing that the error passed through."""
    place, step = "the call", error.__traceback__
    while step:
        if step.tb_frame.f_code.co_filename == LISTING:
            place = f"line {step.tb_lineno} of the code"
        step = step.tb_next
    return place
