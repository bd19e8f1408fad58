"""What a rule is: data, and for rules about the form of a formula the function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from symcheck.gate.documents import Fragment, Passage
from symcheck.gate.model import Finding, Severity
from symcheck.latex import Presentation


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A place in a formula (offsets into its LaTeX) and the values for the rule's message."""

    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A stable code and what it means.

    ``message`` is a format string; ``wrong`` and ``right`` are small documents, of which the first gives
    exactly this finding and the second none (a test runs them); ``file`` tells their format.  ``check`` is
    there for rules that read the LaTeX alone, ``look`` for those that read how a formula is put together;
    ``around`` sees the words around it as well, and ``unless`` says whether these explain a hit;
    findings of the others come from the judge, which knows what a formula means and what the text claims.
    """

    code: str
    title: str
    severity: Severity
    message: str
    explanation: str
    wrong: str
    right: str
    check: Callable[[str], Iterable[Hit]] | None = None
    look: Callable[[Presentation], Iterable[Hit]] | None = None
    around: Callable[[Passage, Presentation], Iterable[Hit]] | None = None
    unless: Callable[[Hit, Passage], bool] | None = None
    file: str = "example.md"

    def hits(self, passage: Passage, presentation: Presentation | None = None) -> Iterator[Hit]:
        """What is wrong with the text of a formula, or, once it is parsed, with how it is put together."""
        if presentation is None:
            found = self.check(passage.latex) if self.check is not None else ()
        else:
            looked = self.look(presentation) if self.look is not None else ()
            around = self.around(passage, presentation) if self.around is not None else ()
            found = (*looked, *around)
        for hit in found:
            if self.unless is None or not self.unless(hit, passage):
                yield hit

    def finding(
        self,
        file: str,
        fragment: Fragment,
        *,
        start: int = 0,
        end: int | None = None,
        expected: str | None = None,
        counterexample: str | None = None,
        formula: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> Finding:
        """A finding of this rule at ``fragment.latex[start:end]``."""
        line, column = fragment.position(start) if start else fragment.start
        stop = len(fragment.latex) if end is None else end
        if stop >= len(fragment.latex):
            end_line, end_column = fragment.end
        else:
            end_line, end_column = fragment.position(max(stop - 1, start))
            end_column += 1
        return Finding(
            file=file,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            rule=self.code,
            severity=self.severity,
            message=self.message.format(**(values or {}))
            + (f" (in {fragment.within})" if fragment.within else ""),
            latex=fragment.source,
            offset=fragment.in_source(start),
            expected=expected,
            counterexample=counterexample,
            formula=formula,
        )
