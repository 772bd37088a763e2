"""Formulas are MathML in the page: no script, letters slanted by the style sheet, names of functions upright."""

import pytest
from docutils import nodes

from ftsec.publishing.sphinx.offline_math import visit_math


class Translator:
    def __init__(self):
        self.body = []


@pytest.mark.parametrize(("formula", "upright"), [(r"\ln x", True), (r"\log_2 x", True), ("x y", False)])
def test_names_of_functions_stand_upright_and_variables_do_not(formula: str, upright: bool):
    translator = Translator()
    with pytest.raises(nodes.SkipNode):
        visit_math(translator, nodes.math("", formula))
    (mathml,) = translator.body
    assert mathml.startswith("<math") and ('<mi mathvariant="normal">l' in mathml) is upright
    assert "<mi>x</mi>" in mathml
