"""Instances of rules: metavariables replaced, nothing captured."""

from __future__ import annotations

from symcheck.prove.derivation import Substitution
from symcheck.prove.report import Refused
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term


def instantiate(pattern: Term, subst: Substitution) -> Term:
    """A rule's side with its metavariables replaced.  Binders get names that occur nowhere else, so
    nothing can be captured."""
    return _instantiate(pattern, subst, {})


def _instantiate(p: Term, subst: Substitution, bound: dict[str, Index]) -> Term:
    def index(i: Index) -> Index:
        if not i.name.startswith("?"):
            return i
        found = bound.get(i.name) or subst.indices.get(i.name)
        if found is None:
            raise Refused(f"no value for index {i.name}")
        return found

    match p.op:
        case "meta":
            name, *at = p.args
            if name not in subst.terms:
                raise Refused(f"no value for {name}")
            parameters, body = subst.terms[name]
            if len(parameters) != len(at):
                raise Refused(f"{name} takes {len(at)} indices")
            to = dict(zip(parameters, map(index, at), strict=True))
            if any(i.size != j.size for i, j in to.items()):
                raise Refused(f"{name}: an index ranges over another size")
            return tm.rename(body, to)
        case "sum":
            i, body = p.args
            size = subst.sizes.get(i.size)
            if size is None:
                raise Refused(f"no value for size {i.size}")
            fresh = tm.fresh_index(size)
            return tm.sum_over(fresh, _instantiate(body, subst, {**bound, i.name: fresh}))
        case "dim" if p.args[0].startswith("?"):
            return tm.dim(subst.sizes[p.args[0]])
        case "delta":
            i, j = map(index, p.args)
            if i.size != j.size:
                raise Refused(f"delta of indices over {i.size} and {j.size}")
            return tm.delta(i, j)
        case "var" if p.args[0].startswith("?"):
            if p.args[0] not in subst.terms:
                raise Refused(f"no value for {p.args[0]}")
            template = subst.terms[p.args[0]][1]
            return tm.var(template.args[0], *map(index, p.args[1:]))
        case "fn" if p.args[0].startswith("?"):
            name = p.args[0].rstrip("'")
            actual = subst.functions[name] + "'" * p.args[0].count("'")
            return Term("fn", actual, *[_instantiate(a, subst, bound) for a in p.args[1:]])
    args = [_instantiate(a, subst, bound) if isinstance(a, Term) else a for a in p.args]
    return Term(p.op, *args)
