"""Intake of a CSV with a million records: rows committed per second per process, and the process's peak memory.

    python bench/intake.py [--rows 1000000] [--enterprises 100000] [--processes 2] [--folder FOLDER]

Builds its own input, the same every time: one source per process, penalties of known enterprises by code and name, checked, matched,
indexed and committed on an embedded PostgreSQL of its own. Prints one line per measurement.
"""

import argparse
import csv
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from data import embedded
from data.database import JOB, driver_connection, make_engine, write_session
from data.intake.profiles import load_profile
from data.schema import migrate
from data.stores.sources import add_source
from models.access import Actor, Role
from models.identifiers import organization_check_symbol, uscc_check_symbol
from service.operations.deliver import Delivered, deliver

BAR = 10_000
ACTOR = Actor(holder="bench", role=Role.ADMIN)
VIOLATIONS = ("未按规定标注生产日期", "产品不符合保障人体健康的国家标准", "使用未经检定的计量器具", "虚假宣传", "未履行进货查验义务")
OUTCOMES = ("fine", "fine", "fine", "warning", "confiscation")
SEVERITIES = ("minor", "general", "serious")
COLUMNS = (
    "source_ref", "cn_uscc", "enterprise_name", "kind", "outcome", "severity", "level", "code", "title", "authority", "document_no",
    "occurred_on", "concluded_on", "decided_on", "published_on", "public_until", "quantities.fine_cny", "detail.violation",
    "detail.basis", "detail.field",
)  # fmt: skip


def code_of(number: int) -> str:
    """An invented code with both its checks right: region 000000 belongs to nobody."""
    subject = f"MA{number:06d}"
    first = f"91000000{subject}{organization_check_symbol(subject)}"
    return first + uscc_check_symbol(first)


def name_of(number: int) -> str:
    return f"样例{number:07d}号商贸有限公司"


def write_registry(path: Path, enterprises: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("cn_uscc", "name", "type", "state", "region", "industry", "registered_on"))
        for number in range(enterprises):
            rows.writerow((code_of(number), name_of(number), "有限责任公司", "in_business", "640104", "5212", "2015-06-01"))


def write_records(path: Path, rows: int, enterprises: int, seed: int) -> None:
    random = Random(seed)
    start = date(2021, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            who = random.randrange(enterprises)
            day = start + timedelta(random.randrange(1800))
            outcome = random.choice(OUTCOMES)
            violation = random.choice(VIOLATIONS)
            fine = f"{random.randrange(1, 200_000)}.{random.randrange(100):02d}" if outcome == "fine" else ""
            writer.writerow((
                f"SQ{seed}-{number:08d}", code_of(who), name_of(who), "penalty", outcome, random.choice(SEVERITIES), "city", "quality",
                violation, "样例市市场监督管理局", f"样市监罚〔{day.year}〕{number}号", day, day + timedelta(30),
                day + timedelta(30), day + timedelta(37), day + timedelta(395), fine, violation, "产品质量法第四十九条", "product_quality",
            ))  # fmt: skip


def cpu_of(pid: int) -> float:
    """Seconds of processor that a process of this machine has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def deliver_one(url: str, path: Path, profile: str, source: str) -> tuple[Delivered, float, str]:
    """Deliver and commit; gives also how long each phase took."""
    engine = make_engine(url, limits=JOB, size=1)
    started = time.perf_counter()
    began = {"keeping": started}

    def phase(name: str, _rows: int) -> None:
        began.setdefault(name, time.perf_counter())

    with write_session(engine) as session, path.open("rb") as file:
        done = deliver(session, file=file, file_name=path.name, profile=load_profile(profile), source=source, actor=ACTOR, progress=phase)
        session.commit()
        ended = time.perf_counter()
        server = cpu_of(driver_connection(session).info.backend_pid)
    engine.dispose()
    ends = [*list(began.values())[1:], ended]
    phases = ", ".join(f"{name} {end - start:.1f} s" for (name, start), end in zip(began.items(), ends, strict=True))
    return done, ended - started, f"{phases}; CPU {time.process_time():.1f} s own, {server:.1f} s of the server's"


def measured(url: str, path: str, profile: str, source: str, results: "multiprocessing.Queue[tuple[str, int, float, float]]") -> None:
    done, took, phases = deliver_one(url, Path(path), profile, source)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.put((phases, done.counts.accepted, took, peak))


def run_together(url: str, jobs: list[tuple[Path, str, str]]) -> list[tuple[str, int, float, float]]:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[str, int, float, float]] = context.Queue()
    workers = [context.Process(target=measured, args=(url, str(path), profile, source, results)) for path, profile, source in jobs]
    for worker in workers:
        worker.start()
    told = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    return told


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--enterprises", type=int, default=100_000)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--folder", type=Path)
    chosen = arguments.parse_args()
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="qcredit-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    server = folder / "postgres"
    try:
        url = embedded.ensure_running(server).url
        migrate(url)
        engine = make_engine(url, limits=JOB, size=1)
        sources = ["bench-one", *(f"bench-{number}" for number in range(2, 2 + chosen.processes))]
        with write_session(engine) as session:
            add_source(session, "bench-registry", title_zh="样例登记机关", title_en="Sample registry", kinds=["enterprise"])
            for code in sources:
                add_source(session, code, title_zh="样例机关", title_en="Sample office", kinds=["penalty"])
            session.commit()
        engine.dispose()
        registry = folder / "registry.csv"
        write_registry(registry, chosen.enterprises)
        ((phases, accepted, took, peak),) = run_together(url, [(registry, "native-registry", "bench-registry")])
        print(
            f"registry: {accepted:,} enterprises in {took:.1f} s, {accepted / took:,.0f} a second, process peak {peak:.0f} MB", flush=True
        )
        print(f"  {phases}", flush=True)
        files = []
        for number, code in enumerate(sources):
            files.append(folder / f"{code}.csv")
            write_records(files[-1], chosen.rows, chosen.enterprises, number)
        print(f"input: {chosen.rows:,} rows, {files[0].stat().st_size / 1e6:.0f} MB a file", flush=True)
        ((phases, accepted, took, peak),) = run_together(url, [(files[0], "native", sources[0])])
        rate = accepted / took
        print(
            f"one process: {accepted:,} records in {took:.1f} s, {rate:,.0f} a second ({rate / BAR:.2f} x the bar), "
            f"process peak {peak:.0f} MB",
            flush=True,
        )
        print(f"  {phases}", flush=True)
        if chosen.processes > 1:
            started = time.perf_counter()
            told = run_together(url, [(file, "native", code) for file, code in zip(files[1:], sources[1:], strict=True)])
            took = time.perf_counter() - started
            together = sum(accepted for _, accepted, _, _ in told) / took
            peak = max(peak for *_, peak in told)
            print(
                f"{chosen.processes} processes: {together:,.0f} a second together ({together / rate:.2f} x one), "
                f"largest peak {peak:.0f} MB",
                flush=True,
            )
    finally:
        embedded.remove(server)
        if chosen.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
