"""What a project tells the gate in ``pyproject.toml`` (table ``tool.symcheck``) or ``.symcheck.toml``.

``KEYS`` is the whole of it: the reference in ``docs/gate.md`` is made from this table, and what is not in it
is an error that names the nearest key.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pathspec

from symcheck.gate.model import Finding, Severity
from symcheck.gate.rules import rules

FILES = (".symcheck.toml", "pyproject.toml")


class ConfigError(Exception):
    """Something in a configuration file; the message names file and key and what would be right."""

    def __init__(self, file: str | Path, problem: str) -> None:
        super().__init__(f"{file}: {problem}")


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of a run.  ``root`` is the folder to which the paths in them are relative."""

    root: Path = field(default_factory=Path.cwd)
    file: Path | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    macros: tuple[str, ...] = ()
    catalog: tuple[str, ...] = ()
    baseline: str | None = None
    fail_on: Severity = Severity.ERROR
    time_limit: float = 10.0

    def path(self, name: str) -> Path:
        """A path of the configuration."""
        return self.root / Path(name).expanduser()

    def _relative(self, file: str) -> str:
        path = Path(file).absolute()
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def takes(self, file: str) -> bool:
        """Whether a file that was found in a folder is to be checked."""
        name = self._relative(file)
        if self.include and not _matches(self.include, name):
            return False
        return not _matches(self.exclude, name)

    def enters(self, folder: str) -> bool:
        """Whether a folder may hold files to check: it does not if it is excluded itself."""
        return not _matches(self.exclude, self._relative(folder) + "/")

    def wants(self, finding: Finding) -> bool:
        """Whether a finding is to be reported."""
        if self.select and not finding.rule.startswith(self.select):
            return False
        if self.ignore and finding.rule.startswith(self.ignore):
            return False
        return not any(
            finding.rule.startswith(codes)
            for glob, codes in self.per_file_ignores.items()
            if _matches((glob,), self._relative(finding.file))
        )


def _matches(globs: tuple[str, ...], name: str) -> bool:
    """Globs as in ``.gitignore``: ``drafts/``, ``*.rst``, ``docs/**/old-*.md``."""
    return _spec(globs).match_file(name)


_SPECS: dict[tuple[str, ...], pathspec.GitIgnoreSpec] = {}


def _spec(globs: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    if globs not in _SPECS:
        _SPECS[globs] = pathspec.GitIgnoreSpec.from_lines(globs)
    return _SPECS[globs]


# the keys


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key: its meaning for the reference, an example in TOML, and what makes a value of it.

    ``read`` raises ``ValueError`` saying what was expected.
    """

    name: str
    meaning: str
    example: str
    read: Callable[[Any], Any]


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError("a list of strings is expected")
    return tuple(value)


def _globs(value: Any) -> tuple[str, ...]:
    globs = _strings(value)
    for glob in globs:
        try:
            pathspec.GitIgnoreSpec.from_lines([glob])
        except ValueError:
            raise ValueError(f"'{glob}' is no pattern") from None
    return globs


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a string is expected")
    return value


def _one_or_more(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else _strings(value)


def _codes(value: Any) -> tuple[str, ...]:
    """Rule codes, or the beginning of several: ``SC2`` is all of ``SC2xx``."""
    codes = _strings(value)
    for code in codes:
        if not code.startswith("SC") or not any(known.startswith(code) for known in rules()):
            near = difflib.get_close_matches(code.upper(), rules(), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(rules())}"
            raise ValueError(f"no rule {code!r}{hint}")
    return codes


def _per_file(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise ValueError("a table of patterns and lists of rule codes is expected")
    return {_globs([glob])[0]: _codes(codes) for glob, codes in value.items()}


def _severity(value: Any) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        raise ValueError(f"one of {', '.join(repr(s.value) for s in Severity)} is expected") from None


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 3600:
        raise ValueError("a number of seconds from 0.1 to 3600 is expected")
    return float(value)


KEYS: tuple[Key, ...] = (
    Key(
        name="include",
        meaning="which files are checked when a folder is given; patterns as in .gitignore (default: every "
        "format that is known)",
        example='include = ["docs/**/*.md", "*.ipynb"]',
        read=_globs,
    ),
    Key(
        name="exclude",
        meaning="what is left out when a folder is given",
        example='exclude = ["docs/drafts/", "vendor/"]',
        read=_globs,
    ),
    Key(
        name="select",
        meaning="the only rules to report, by code or by its beginning",
        example='select = ["SC1", "SC2"]',
        read=_codes,
    ),
    Key(name="ignore", meaning="rules not to report", example='ignore = ["SC401"]', read=_codes),
    Key(
        name="per-file-ignores",
        meaning="rules not to report in some files",
        example='per-file-ignores = { "docs/history/*.md" = ["SC202"] }',
        read=_per_file,
    ),
    Key(
        name="macros",
        meaning="files that define macros: .sty or .tex, KaTeX or MathJax options as .json, .js or .yml",
        example='macros = ["docs/macros.sty"]',
        read=_one_or_more,
    ),
    Key(
        name="catalog",
        meaning="Python files with formulas of your own (they are run: trust them)",
        example='catalog = ["docs/our_formulas.py"]',
        read=_one_or_more,
    ),
    Key(
        name="baseline",
        meaning="a file with findings that are known and not reported",
        example='baseline = "symcheck-baseline.json"',
        read=_string,
    ),
    Key(
        name="fail-on",
        meaning="the least severity that makes the exit status 1: 'error' (default) or 'warning'",
        example='fail-on = "warning"',
        read=_severity,
    ),
    Key(
        name="time-limit",
        meaning="seconds for one formula (default 10); after it, the formula is unchecked",
        example="time-limit = 5",
        read=_seconds,
    ),
)


def from_table(table: Mapping[str, Any], file: Path, prefix: str = "") -> Config:
    """The configuration that a table of a file holds.  Raises ``ConfigError``."""
    known = {key.name: key for key in KEYS}
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            near = difflib.get_close_matches(name.replace("_", "-").lower(), known, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else f"the keys are {', '.join(known)}"
            raise ConfigError(file, f"no key '{prefix}{name}'; {hint}")
        try:
            values[name.replace("-", "_")] = known[name].read(value)
        except ValueError as error:
            raise ConfigError(file, f"{prefix}{name}: {error}") from None
    return Config(root=file.parent.absolute(), file=file, **values)


def load(file: Path) -> Config | None:
    """The configuration of a file; ``None`` for a ``pyproject.toml`` that has none."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, f"cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file, f"is not TOML: {error}") from None
    tool = data.get("tool", {})
    table = tool.get("symcheck") if isinstance(tool, dict) else None
    if table is None:
        return None if file.name == "pyproject.toml" else from_table(data, file)
    if not isinstance(table, dict):
        raise ConfigError(file, "tool.symcheck: a table is expected")
    return from_table(table, file, "tool.symcheck.")


def find(paths: Iterable[str | Path]) -> Config:
    """The configuration for ``paths``: of the nearest folder above all of them that has one, up to the top
    of the repository."""
    folders = [Path(p).absolute() for p in paths if str(p) != "-"] or [Path.cwd()]
    starts = [p if p.is_dir() else p.parent for p in folders]
    common = next(
        (f for f in (starts[0], *starts[0].parents) if all(s == f or f in s.parents for s in starts)),
        Path.cwd(),
    )
    for folder in (common, *common.parents):
        for name in FILES:
            if (folder / name).is_file():
                found = load(folder / name)
                if found is not None:
                    return found
        if (folder / ".git").exists():
            break
    return Config()
