"""Each section of the page of proof, written from its record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from typing import Any

type Record = Mapping[str, Any]

#: Histories that are wanted of the simulation.
WANTED = 200_000
#: What the invariants of the simulation hold, by code; see tests/simulation/checks.py and tests/support/invariants.py.
INVARIANTS = {
    "D1": "each day's summary is told once",
    "E1": "what failed was made to fail from outside",
    "E2": "no message was put aside without cause",
    "F1": "a breaker closes positions only while it stands",
    "F2": "each trip that closes positions has demanded it",
    "F3": "in the end each order of such a demand is decided",
    "H1": "a demand for a hedge has one plan",
    "H2": "each order of a hedge is one of its plan, as large, and begun while that is fresh",
    "H3": "no hedge takes away more than there is, hedges under way set off",
    "H4": "in the end each order of a hedge is decided",
    "H5": "funding is written down once, as the venue paid it, and in the end all of it",
    "I1": "no approved order left a limit exceeded",
    "I2": "one id has at most one decision, and each answer is it",
    "I3": "nothing under an engaged switch was approved or sent",
    "I4": "the log's chain has no gap, and every hash links",
    "I5": "the engine decides each entry again, byte for byte",
    "I5 whole": "so does the whole log at the end",
    "I6": "the account is the fold of its log",
    "I7": "what was answered is stored",
    "I8": "nothing was approved on a missing, old or impossible price",
    "I10": "while stopped only exits pass, and none beyond its position",
    "I11": "no fill beyond an order, no reservation without one",
    "I12": "each alert was shown, and once unless its way was disturbed",
    "I13": "a tripped breaker ends by its time, a person, or books that agree",
    "I14": "no secret in the log or in a message",
    "I15": "a second comparison of the books finds the same and changes nothing",
    "K1": "each change of a switch stands in the gateway's log",
    "K2": "in the end the guards name the switches that are engaged",
    "K3": "and it stands in the log of each account that it concerns",
    "M1": "what the pages call nonsense is refused, and changes nothing",
    "R1": "no figure goes back to an earlier instant",
    "R2": "what was written of an instant stays",
    "R3": "in the end the gate's figures are those of the book",
    "R4": "VaR is there where its assets have a past, and is the book's",
    "S1": "each log is sealed to its end, and no seal is written over",
    "S2": "nobody is told of a seal that is missing",
    "T1": "a one-time code counts once, and not under a lock",
    "T2": "a revoked token opens nothing",
    "T3": "the log names a token before anybody has it",
    "V1": "no order reached the venue twice",
    "V2": "no order filled beyond its quantity at the venue",
    "V3": "in the end the books agree with the venue's, or a break is open",
    "X1": "a demanded exit is written down once",
    "X2": "in the end each order of an exit is decided",
}


def keep_simulation(written: Record, kept: Record | None) -> dict[str, Any]:
    """Return the histories of the sources as they are, and how many held of each that came before them."""
    if kept is None:
        return {**written}
    earlier = [*kept.get("earlier", [])]
    if kept["code"] != written["code"]:
        earlier.append({"code": kept["code"], "histories": kept["histories"]})
    return {**written, "earlier": [one for one in earlier if one["code"] != written["code"]]}


def write_simulation(record: Record) -> str:
    """Return what histories of the whole gateway under one seeded clock came to (ADR 0082)."""
    counts, faults = record["counts"], record["faults_injected"]
    checks = record["invariants_evaluated"]
    decided = sum(n for name, n in counts.items() if name.startswith(("answer approved", "answer denied")))
    text = (
        f"The whole gateway in one process under a [seeded clock](../adr/0082-simulation.md): **{_n(record['histories'])} histories**, "
        f"{_n(counts['steps'])} steps of bots, operators and venues, {_n(decided)} decisions, {_n(counts['venue_orders'])} orders and "
        f"{_n(counts['venue_fills'])} fills at the venue. {_n(sum(faults.values()))} faults were injected and "
        f"{_n(sum(checks.values()))} invariants evaluated. **Violations: {len(record['violations'])}.**\n\n"
    )
    seeds = ", ".join(f"{_n(run['first'])} to {_n(run['first'] + run['histories'] - 1)}" for run in record["runs"])
    text += (
        f"Seeds {seeds} of the sources with digest `{record['code']}` (`make sim SEED=…` runs one again). "
        f"{record['histories'] / record['cpu_seconds']:.0f} histories a CPU second.\n\n"
    )
    if earlier := record.get("earlier"):
        told = ", ".join(f"{_n(one['histories'])} of `{one['code']}`" for one in earlier)
        together = record["histories"] + sum(one["histories"] for one in earlier)
        text += f"Of sources before these, each without a violation too: {told}. Together {_n(together)} of the {_n(WANTED)} wanted.\n\n"
    text += table(("fault", "injected"), [(f"`{name}`", _n(count)) for name, count in faults.items()])
    rows = [(f"`{name}`", INVARIANTS.get(name, ""), _n(count)) for name, count in checks.items()]
    return text + "\n" + table(("invariant", "holds that", "evaluated"), rows)


def write_planted(record: Record) -> str:
    """Return which history found each fault that was put in."""
    found = sum("found_by" in row for row in record["faults"])
    text = (
        "Whether the invariants see at all: faults put into the gateway on purpose, one by one. "
        f"**{found} of {len(record['faults'])} were found** within {record['within']} histories.\n\n"
    )
    rows = [
        (row["fault"], f"`{row['found_by']}`" if "found_by" in row else "**no**", _ordinal(row))
        for row in record["faults"]
    ]
    note = "\nBugs of the kinds that gateways have had, each beside the test of a commit that catches it: `tests/mutation/planted.py`.\n"
    return text + table(("fault put in", "found by", "in history"), rows) + note


#: The fraction of mutants of each package that tests are to kill.
KILLED_WANTED = {"core": 0.90, "dynamodb": 0.85}


def keep_mutants(record: Record) -> dict[str, Any]:
    """Return the outcome of each package; the mutants themselves are in the record of the tests."""
    return {
        package: {name: value for name, value in found.items() if name != "mutants"}
        for package, found in record.items()
    }


def write_mutants(record: Record) -> str:
    """Return what became of sampled mutants, by package."""
    rows = []
    for package, found in record.items():
        counts = found["counts"]
        cells = (_n(found["sites"]), *(counts.get(name, 0) for name in ("killed", "survived", "equivalent")))
        wanted = f"{KILLED_WANTED[package]:.0%}"
        rows.append((f"`{package}`", found["seed"], *cells, wanted, f"**{_share(found['fresh'])}**", _share(found)))
    text = (
        "A seeded sample of faults of one token, each judged by the tests that run its line. *Fresh dice* is what the first run of "
        "that seed killed, before anybody had seen its mutants; after it, the kinds of behaviours that had no test got some. A person has "
        "read the survivors: one that changes nothing is called equivalent and not counted. One that no test was asked about in time counts as "
        "a survivor. The interval is Wilson's, of 95 %.\n\n"
    )
    return text + table(
        (
            "package",
            "seed",
            "possible changes",
            "killed",
            "survived",
            "equivalent",
            "wanted",
            "killed by fresh dice",
            "killed now",
        ),
        rows,
    )


def _share(found: Record) -> str:
    low, high = found["interval"]
    return f"{found['killed_fraction']:.1%} ({low:.1%} to {high:.1%})"


def write_fuzz(record: Record) -> str:
    """Return what requests made from the OpenAPI document were answered."""
    answered = {status: int(count) for status, count in record["answered"].items()}
    failed = sum(count for status, count in answered.items() if int(status) >= 500)
    text = (
        f"Valid and invalid requests of every operation of [the API's document](../openapi.json), and chains of them: "
        f"**{_n(sum(answered.values()))} requests, {_n(failed)} answers with 5xx.** The run fails on an answer that the document does not have: "
        f"undocumented status, header, or shape. {record['examples']} random requests of each operation beside the derived ones, seed "
        f"{record['seed']}.\n\n"
    )
    return text + table(("status", "answers"), [(status, _n(count)) for status, count in answered.items()])


def write_soak(record: Record) -> str:
    """Return what an open loop on the local stack came to."""
    rows = [
        (
            kind,
            _n(row["arrivals"]),
            ", ".join(f"{count} × {outcome}" for outcome, count in row["outcomes"].items()),
            *(_ms(row["latency_ms"][name]) for name in ("p50", "p95", "p99", "max")),
        )
        for kind, row in record["kinds"].items()
    ]
    again = sum(a["count"] for a in record["answers"]) - record["arrivals"]
    checked = record["invariants"]
    text = (
        f"An open loop on the local stack ({_machine(record)}): {record['minutes']:g} minutes, {record['per_second']:g} arrivals a second by a "
        f"Poisson clock of seed {record['seed']}, {record['accounts']} accounts of which one has two fifths of the orders, API and front door "
        "mixed. Latency counts from the instant an arrival was meant for, until it was decided; most of it is the emulator's.\n\n"
    )
    text += table(("arrival", "count", "last answer", "p50", "p95", "p99", "max"), rows)
    text += (
        f"\n{_n(again)} requests were asked again after a 5xx or no answer. Afterwards all invariants were held against everything in the tables: "
        f"{_n(checked['accounts'])} accounts, {_n(checked['orders'])} orders, {_n(checked['entries'])} entries of the log. "
        f"**Violations: {len(checked['violations'])}.**\n\n"
    )
    memory = [
        (
            f"`{row['function'].removeprefix('riskgate-local-')}`",
            row["workers"],
            f"{row['first_third_mb']:g} → {row['last_third_mb']:g} MB in {row['minutes']:g} min",
            f"{row['growth_fraction'] * 100:+.1f} %",
            "yes" if row["flat"] else "**no**",
        )
        for row in record["memory"]
    ]
    head = (
        "Memory of the function processes, the one of each function that grew most: medians of the first and the last third of its life after its "
        "first minute. Growth is twice the lesser of that from the first to the second third and from there to the last; up to 5 % is flat:\n\n"
    )
    return text + head + table(("function", "processes", "resident", "growth", "flat"), memory)


def write_drills(record: Record) -> str:
    """Return what the kill switch let pass after it was acknowledged."""
    rows, late, runs = [], [], {name: run for name, run in record.items() if name != "planted"}
    for place, run in runs.items():
        after = run["sent_after_acknowledgement"]
        late += run["late"]
        rows.append(
            (
                {"engine": "in process, DynamoDB Local", "stack": "local stack, by the route"}[place],
                run["drills"],
                run["clients"],
                _n(sum(run["orders"].values())),
                _n(run["under_way_at_acknowledgement"]),
                ", ".join(f"{_n(count)} {outcome}" for outcome, count in after.items()),
                ", ".join(_ms(ms) for ms in run["acknowledged_in_ms"].values()),
                run["asked_again"],
                f"{_ms(run['blind_ms']['p50'])}, {_ms(run['blind_ms']['max'])}",
                f"**{len(run['late'])}**",
            )
        )
    text = (
        f"**{sum(run['drills'] for run in runs.values())} drills, {len(late)} late approvals.** Global, account, strategy, venue and symbol by turns, engaged while "
        "clients hammer. An approval is late if its request was sent after the switch's answer had come, or if its entry stands in the log behind the heads "
        "read at once after that answer and before the release ([exactly](../../tests/load/judge.py)). Between the answer and that reading a "
        "commit of a request under way could hide: the blind time.\n\n"
    )
    heads = (
        "where",
        "drills",
        "clients",
        "orders",
        "under way at the answer",
        "sent after it",
        "answered in (p50, p95, max)",
        "asked again after 5xx or no answer",
        "blind time, median and max",
        "late",
    )
    note = "".join(
        f"\nThe run on the {place} did not come to its end.\n"
        for place, run in runs.items()
        if not run.get("ended", True)
    )
    note += "\nIn process commits are held back up to 0.6 s at random, longer than a switch takes: many are under way when it is acknowledged.\n"
    if (planted := record.get("planted")) is not None:
        note += (
            f"Whether a drill would see it: with “{planted['plant']}” put in (`tests/simulation/planted.py`), {planted['drills']} drills in process "
            f"found **{len(planted['late'])} late approvals**.\n"
        )
    return text + table(heads, rows) + note


def write_chaos(record: Record) -> str:
    """Return what was made to fail, who saw what, and where it says what to do."""
    rows = []
    for name, row in record["scenarios"].items():
        told = [_plain(text) for text in row.get("phone", [])]
        sees = [f"phone: “{text}”" for text in told]
        if "metric" in row:
            sees.append(f"metric: `{row['metric']}`")
        if "alarm_on_the_phone" in row:
            sees.append(f"alarm: “{_plain(row['alarm_on_the_phone'])}”")
        if "note" in row:
            sees.append(row["note"])
        books = ", ".join(f"[{alarm}](../runbooks/{alarm.partition('-')[0]}.md)" for alarm in row["alarms"])
        bot = f"**failed: {row['failed']}**" if "failed" in row else row.get("bot", "")
        rows.append((f"**{name}**: {row.get('injected', '')}", bot, "<br>".join(sees), books))
    text = (
        f"Each part failed once on the local stack (the last at {_machine(record)}). Afterwards the invariants were held against all tables: "
        f"**{len(record['violations'])} violations.** The emulator sets off no alarms: the alarm's text is what its message on the alert topic became on the phone.\n\n"
    )
    more = (
        "\nElsewhere in the tests: the same faults at every step of every history ([Simulation](#simulation)), at random and small; an acknowledgement lost at the venue "
        "(`tests/e2e/test_routing.py`), breakers at two venues (`tests/e2e/test_breaker_drills.py`), runbooks carried out "
        "(`tests/e2e/test_procedures.py`), Telegram down, throttling and losing answers (`tests/component/alerts/test_alert_faults.py`), functions killed before and after the "
        "commit, tables throttled (`tests/component/ledger`).\n"
    )
    return text + table(("what failed", "what the bot got", "what an operator sees", "runbook"), rows) + more


def _ordinal(row: Record) -> str:
    return f"{row['history'] + 1}" if "history" in row else ""


def _machine(record: Record) -> str:
    machine = record["machine"]
    return f"{record['measured_at']}, {machine['cpus']} cores of {machine['processor']}, a load of {machine['load_1_minute']:g} as it began"


def _n(value: float) -> str:
    return f"{value:,}"


def _ms(value: float) -> str:
    return f"{value / 1000:,.1f} s" if value >= 1000 else f"{value:,.0f} ms"


def _plain(text: str) -> str:
    """Return an alert's text as one line of a table."""
    lines = [line.strip() for line in unescape(re.sub(r"<[^>]+>", "", text)).splitlines() if line.strip()]
    return " / ".join(lines).replace("|", "\\|")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in cells)} |\n" for cells in lines)
