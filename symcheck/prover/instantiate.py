"""Instances of rules: metavariables replaced, nothing captured."""

from __future__ import annotations

from symcheck.prover.derivation import Substitution
from symcheck.prover.report import Refused
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term


def instantiate(pattern: Term, subst: Substitution) -> Term:
    """A rule's side with its metavariables replaced.  Binders get names that occur nowhere else, so
    nothing can be captured."""
    return _instantiate(pattern, subst, {})


def _instantiate(p: Term, subst: Substitution, bound: dict[str, Index]) -> Term:
    if p.op in ("add", "mul", "pow", "d", "mean"):
        return Term(p.op, *[_instantiate(a, subst, bound) for a in p.args])
    if not p.args or p.op == "num":
        return p

    def index(i: Index) -> Index:
        if not i.name.startswith("?"):
            return i
        found = bound.get(i.name) or subst.indices.get(i.name)
        if found is None:
            raise Refused(f"no value for index {i.name}")
        return found

    def go(a: Term) -> Term:
        return _instantiate(a, subst, bound)

    match p.op:
        case "meta":
            name, *at = p.args
            if name not in subst.terms:
                raise Refused(f"no value for {name}")
            parameters, body = subst.terms[name]
            if len(parameters) != len(at):
                raise Refused(f"{name} takes {len(at)} indices")
            if not at:
                return body
            return _put(name, parameters, [index(a) if isinstance(a, Index) else go(a) for a in at], body)
        case "sum" | "vec":
            i, body = p.args
            size = subst.sizes.get(i.size)
            if size is None:
                raise Refused(f"no value for size {i.size}")
            fresh = tm.fresh_index(size)
            return Term(p.op, fresh, _instantiate(body, subst, {**bound, i.name: fresh}))
        case "fold":
            join, i, high, body = p.args
            size = subst.sizes.get(i.size, i.size)
            fresh = tm.fresh_index(size)
            inner = _instantiate(body, subst, {**bound, i.name: fresh})
            return tm.fold(join, fresh, go(high), inner)
        case "ord":
            return tm.value_of(index(p.args[0]))
        case "dim" if p.args[0].startswith("?"):
            return tm.dim(subst.sizes[p.args[0]])
        case "delta":
            i, j = map(index, p.args)
            if i.size != j.size:
                raise Refused(f"delta of indices over {i.size} and {j.size}")
            return tm.delta(i, j)
        case "array" if p.args[0].startswith("?"):
            found = subst.terms.get(p.args[0])
            size = subst.sizes.get(p.args[1])
            if found is None or found[1].op != "array" or found[1].args[1] != size:
                raise Refused(f"{p.args[0]} is to be a tensor with two axes of size {size}")
            return found[1]
        case "var" if p.args[0].startswith("?"):
            if p.args[0] not in subst.terms:
                raise Refused(f"no value for {p.args[0]}")
            template = subst.terms[p.args[0]][1]
            where = [index(a) if isinstance(a, Index) else go(a) for a in p.args[1:]]
            return tm.var(template.args[0], *where)
        case "fn" if p.args[0].startswith("?"):
            name = p.args[0].rstrip("'")
            actual = subst.functions[name] + "'" * p.args[0].count("'")
            return Term("fn", actual, *map(go, p.args[1:]))
    return Term(p.op, *[go(a) if isinstance(a, Term) else a for a in p.args])


def _put(name: str, parameters: tuple[Index, ...], at: list[Index | Term], body: Term) -> Term:
    """The body at these indices; at a term where the parameter has no end."""
    names: dict[Index, Index] = {}
    values: dict[Index, Term] = {}
    for i, a in zip(parameters, at, strict=True):
        if (a.size if isinstance(a, Index) else tm.ENDLESS) != i.size:
            raise Refused(f"{name}: an index ranges over another size")
        if isinstance(a, Index):
            names[i] = a
        else:
            # by a name of its own, so that no parameter is put into another's value
            names[i] = tm.fresh_index(i.size)
            values[names[i]] = a
    return tm.place(tm.rename(body, names), values)
