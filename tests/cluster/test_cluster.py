"""``--scheduler``: a real Dask cluster with two workers gives what this machine gives, whatever dies."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import faulty_work
import pytest
from click.testing import CliRunner
from dask_cluster import LocalDask

from formulas.schema import Verdict
from symcheck import cluster
from symcheck.cli import main
from symcheck.cluster import ClusterError
from symcheck.gate.config import Config
from symcheck.gate.model import Report
from symcheck.gate.run import check_paths
from symcheck.judge import Judgement, select
from symcheck.run import run

pytest.importorskip("distributed", reason="the extra 'dask' is not installed")

IDS = ("act.softmax",)
CHOSEN = list(select(IDS))
WRONG = "# Softmax\n\n| Name | Derivative |\n|---|---|\n| Softmax | $s_i(\\delta_{ij} + s_j)$ |\n\n$a = b$\n"


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDask]:
    with LocalDask(tmp_path_factory.mktemp("dask")) as found:
        yield found


@pytest.fixture(autouse=True)
def _slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 60.0)


def said(results: list[Judgement]) -> list[object]:
    return [
        (
            j.id,
            j.verdict,
            j.counterexample is None,
            j.proof.steps if j.proof else 0,
            j.proof and j.proof.trust,
        )
        for j in results
    ]


def told(report: Report) -> object:
    return replace(report, seconds=0.0)


def test_the_verdicts_are_those_of_this_machine(dask: LocalDask) -> None:
    assert said(run(IDS, scheduler=dask.address)) == said(run(IDS, jobs=2))


def test_the_findings_are_those_of_this_machine(dask: LocalDask, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.md").write_text(WRONG)
    (tmp_path / "bad.md").write_bytes(b"caf\xe9 $x$")
    patient = Config(time_limit=120.0)  # a cold worker of a busy machine takes its time
    there, here = (check_paths([tmp_path], config=patient, jobs=2, scheduler=s) for s in (dask.address, None))
    assert [str(e) for e in there.errors] == [str(e) for e in here.errors] and len(here.errors) == 1
    assert told(replace(there, errors=())) == told(replace(here, errors=()))
    assert len(here.findings) == 5


@pytest.mark.parametrize("fault", ["is_killed", "hangs"])
def test_a_fault_costs_its_claim_alone(dask: LocalDask, fault: str) -> None:
    results = run(IDS, scheduler=dask.address, seconds=5.0, work=getattr(faulty_work, fault))
    (bad,) = (j for j in results if not j.holds)
    assert bad.id == "act.softmax/jacobian" and bad.verdict is Verdict.UNDECIDED
    assert ("worker died" if fault == "is_killed" else "took more than 5 s") in bad.reason


def test_the_command_and_its_errors(dask: LocalDask, monkeypatch: pytest.MonkeyPatch) -> None:
    order = ["prove", "act.softmax/jacobian", "--no-cache", "--json", "--scheduler"]
    done = CliRunner().invoke(main, [*order, dask.address])
    assert done.exit_code == 0 and json.loads(done.stdout)["summary"]["proved"] == 1
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    for address in ("tcp://127.0.0.1:9", "nonsense", "no.such.host.invalid:8786"):
        wrong = CliRunner().invoke(main, [*order, address])
        assert wrong.exit_code == 2, wrong.output
        assert f"no Dask scheduler answers at {address}" in wrong.stderr and "tcp://host:8786" in wrong.stderr


def test_other_sources_are_refused(dask: LocalDask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "fingerprint", lambda *paths: "another version")
    with pytest.raises(ClusterError, match=r"tcp://.* has another version of symcheck"):
        run(IDS, scheduler=dask.address)


def test_the_extra_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match="pip install distributed"):
        run(IDS, scheduler="tcp://127.0.0.1:9")


def test_a_cluster_without_workers_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalDask(tmp_path, workers=0) as empty:
        monkeypatch.setattr(cluster, "CONNECT_SECONDS", 5.0)
        with pytest.raises(ClusterError, match="has no workers; start some"):
            run(IDS, scheduler=empty.address)


def test_a_worker_killed_during_the_run_costs_nothing(tmp_path: Path) -> None:
    with LocalDask(tmp_path) as dask:
        seen: list[str] = []

        def kill_one(judgement: Judgement) -> None:
            seen.append(judgement.id)
            if len(seen) == 2:
                dask.kill(dask.workers[0])

        there = run(IDS, scheduler=dask.address, work=faulty_work.slowly, on_result=kill_one)
        assert dask.workers[0].poll() is not None and len(seen) == len(CHOSEN) > 4
        assert said(there) == said(run(IDS, jobs=2))


def test_tasks_that_the_scheduler_forgets_are_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Future

    clients: list[Any] = []
    connected = cluster._connected
    monkeypatch.setattr(cluster, "_connected", lambda at: clients.append(connected(at)) or clients[-1])
    with LocalDask(tmp_path) as dask:
        seen: list[str] = []

        def forget(judgement: Judgement) -> None:
            seen.append(judgement.id)
            if len(seen) == 1:
                (client,) = clients
                client.cancel([Future(key, client) for key in list(client.futures)], force=True)

        there = run(IDS, scheduler=dask.address, work=faulty_work.slowly, on_result=forget)
        assert len(seen) == len(CHOSEN) > 4
        assert said(there) == said(run(IDS, jobs=2))


def test_a_lost_cluster_is_an_error_and_what_was_found_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 3.0)
    with LocalDask(tmp_path) as dask:
        seen: list[str] = []

        def kill_all(judgement: Judgement) -> None:
            seen.append(judgement.id)
            if len(seen) == 1:
                for process in dask.workers:
                    dask.kill(process)

        with pytest.raises(ClusterError, match="what was found is kept"):
            run(IDS, scheduler=dask.address, work=faulty_work.slowly, on_result=kill_all)
        assert 1 <= len(seen) < len(CHOSEN)
