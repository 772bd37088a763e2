"""The cell under a chapter's parameters: it checks the rules between them and says what differs from the text's values.

`ftsec run` checks values before a kernel starts; plain papermill and a notebook that is edited by hand do not, and no
reader of an executed chapter sees which values the sentences were written for.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ftsec.base.errors import InputError
from ftsec.running.parameters import Parameters, check_values
from ftsec.running.parameters_cell import parse_parameters

MEANS = (
    "Figures, tables and recorded numbers are those of this run. A sentence of the text that names a number, or says "
    "how something turned out, describes the values in brackets."
)


class Notice:
    """What a run does with other values than those that the text was written for."""

    def __init__(self, changed: Mapping[str, tuple[object, object]]) -> None:
        self.changed = changed

    def __repr__(self) -> str:
        return f"This run uses {', '.join(self._values())}. {MEANS}"

    def _repr_html_(self) -> str:
        values = ", ".join(f"<b>{escape(each)}</b>" for each in self._values())
        return f'<p class="ftsec-other-values">This run uses {values}. {MEANS}</p>'

    def _values(self) -> list[str]:
        return [f"{name} = {now!r} (text: {text!r})" for name, (text, now) in self.changed.items()]


def check_parameters(namespace: Mapping[str, object]) -> Notice | None:
    """Check the values that a notebook's parameters have now; says which differ from those in its parameters cell.

    Args:
        namespace: the notebook's ``globals()``; the parameters cell is found among the inputs that IPython keeps.

    Raises:
        InputError: if a value is not allowed, or values break a rule between them.
    """
    parameters = _declared(namespace.get("In", ()))
    values = {each.name: namespace[each.name] for each in parameters}
    check_values(parameters, values)
    if broken := parameters.broken_rule(values):
        raise InputError(broken)
    changed = {each.name: (each.default, values[each.name]) for each in parameters}
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    return Notice(changed) if changed else None


def _declared(inputs: object) -> Parameters:
    """The parameters in the latest input that declares some."""
    for source in reversed(list(inputs)):
        try:
            if found := parse_parameters(source):
                return found
        except ValueError:
            continue
    return Parameters()
