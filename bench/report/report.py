#!/usr/bin/env python3
"""Prints tables and draws pictures of a run of hinge_bench.

  hinge_bench --benchmark_out=FILE --benchmark_out_format=json
  python3 bench/report/report.py FILE [--markdown] [--pictures=PREFIX]

Times are medians over the repetitions. With one thread they are CPU time, because wall time on a busy
machine includes what other processes ran in between. A peer's ratio is its time over Hinge's: at
"2.00x" it took twice as long.
"""
import argparse
import math
import statistics
import sys

from results import LEVELS, PEERS, Report

def significant(value):
    """A number with three digits: 0.123, 1.23, 12.3, 123, 1230."""
    for limit, digits in ((0.9995, 3), (9.995, 2), (99.95, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def show_time(seconds):
    for factor, unit in ((1e9, "ns"), (1e6, "us"), (1e3, "ms")):
        if seconds * factor < 999.5:
            return f"{significant(seconds * factor)} {unit}"
    return f"{significant(seconds)} s"


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(v) for v in values))


def table(rows, title, rate, unit):
    """Header and cells. Hinge's speed is the counter `rate` per second, in `unit`."""
    peers = [p for p in PEERS if any(p in row.peers for row in rows)]
    header = [title, "Hinge", "", unit, "of limit", "", "best peer", "", *(PEERS[p] for p in peers)]
    cells = []
    for row in rows:
        spread, best = row.hinge.spread(), row.best
        line = [row.name, show_time(row.hinge.time),
                "" if spread is None else f"±{100 * spread:.1f}%",
                significant(row.hinge.rate(rate) / 1e9)]
        line += [f"{100 * row.limit[1] / row.hinge.time:.0f}%", row.limit[0]] if row.limit else ["", ""]
        line += [f"{row.ratio(best):.2f}x", PEERS[best]] if best else ["", ""]
        line += [f"{row.ratio(p):.2f}x" if p in row.peers else "" for p in peers]
        cells.append(line)
    return header, cells


def print_table(header, rows, markdown):
    if markdown:
        print("| " + " | ".join(header) + " |")
        print("|---" + "|---:" * (len(header) - 1) + "|")
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(map(len, column)) for column in zip(header, *rows)]
        for row in [header, *rows]:
            cells = [row[0].ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
            print("  ".join(cells).rstrip())
    print()


def print_summary(rows, title):
    """Geometric means over the rows, and the ten rows at which a peer is furthest ahead."""
    rows = [row for row in rows if row.best]
    if not rows:
        return
    ratios = [row.ratio(row.best) for row in rows]
    print(f"{title}, {len(rows)} shapes, geometric means: the best peer at each "
          f"{geometric_mean(ratios):.2f}x (below 1.00x at {sum(r < 1 for r in ratios)}, below 0.95x "
          f"at {sum(r < 0.95 for r in ratios)})")
    if any("layer" in row.peers for row in rows):
        ratios = [row.peers[row.best].time / row.faster_hinge for row in rows]
        print(f"with the layers generated for their shapes {geometric_mean(ratios):.2f}x (below 1.00x at "
              f"{sum(r < 1 for r in ratios)}, below 0.95x at {sum(r < 0.95 for r in ratios)})")
    each = []
    for p in PEERS:
        of_peer = [row.ratio(p) for row in rows if p in row.peers]
        if of_peer:
            each.append(f"{PEERS[p]} {geometric_mean(of_peer):.2f}x"
                        + (f" ({len(of_peer)} shapes)" if len(of_peer) < len(rows) else ""))
    print("each peer alone: " + ", ".join(each))
    worst = [row for row in sorted(rows, key=lambda row: row.ratio(row.best))
             if row.ratio(row.best) < 1]
    for row in worst[:10]:
        print(f"  {row.ratio(row.best):.2f}x  {row.name}, {PEERS[row.best]}")
    print()


def head(report):
    context = report.context
    lines = [f"Hinge {context['hinge']}, target {context['target']}, "
             f"{context['threads']} thread{'s' * (report.threads > 1)}, {context['compiler']}",
             f"on {context['cpu'] or 'an unnamed CPU'}"]
    absent = [PEERS[p] for p in PEERS if context.get(p) == "not installed"]
    lines += dict.fromkeys(f"beside {context[p].strip()}" for p in PEERS
                           if p in context and any(p in row.peers for row in report.rows))
    if absent:
        lines.append(f"not installed: {', '.join(absent)}")
    clock = "CPU time" if report.threads == 1 else "Time"
    lines.append(f"{clock}, medians of {'-'.join(map(str, report.repetitions))} runs, ± half the "
                 "distance of the quartiles; 2.00x: the peer took twice Hinge's time")
    if "fma" in report.limits:
        lines.append(f"FMA limit (registers alone): "
                     f"{significant(report.limits['fma'].rate('flop') / 1e9)} GFLOP/s")
    for access in ("read", "copy", "add", "update", "accumulate"):
        rates = [f"{level} {significant(report.limits[f'{access}/{level}'].rate('bytes') / 1e9)}"
                 for level in LEVELS if f"{access}/{level}" in report.limits]
        if rates:
            lines.append(f"{access}, GB/s: {', '.join(rates)}")
    if report.threads == 1 and report.waited:
        lines.append(f"the machine was busy: {report.waited} of {report.runs} runs had their CPU for "
                     "less than 95% of the time")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("json", type=argparse.FileType(), help="what --benchmark_out wrote")
    parser.add_argument("--markdown", action="store_true", help="tables for a README")
    parser.add_argument("--pictures", metavar="PREFIX",
                        help="draw PREFIX-roofline.png and PREFIX-ratio.png (needs matplotlib)")
    args = parser.parse_args()
    report = Report(args.json)
    if not report.rows:
        sys.exit(f"{args.json.name} has no finished benchmark of Hinge")

    print(("  \n" if args.markdown else "\n").join(head(report)) + "\n")
    linear = [row for row in report.rows if row.operator == "linear"]
    groups = [(linear, "Linear + ReLU", "flop", "GFLOP/s")]
    for title, is_linear, is_training, rate, unit in (
            ("Linear + ReLU, training", True, True, "flop", "GFLOP/s"),
            ("ReLU and ReLU6", False, False, "bytes", "GB/s"),
            ("ReLU and ReLU6, training", False, True, "bytes", "GB/s")):
        groups.append(([row for row in report.rows
                        if row.operator != "linear" and row.is_linear == is_linear
                        and row.is_training == is_training], title, rate, unit))
    for rows, title, rate, unit in groups:
        if rows:
            print_table(*table(rows, title, rate, unit), args.markdown)
    for rows, title, _, _ in groups:
        print_summary(rows, title)

    if args.pictures and linear:
        try:
            import pictures  # beside this file
        except ImportError as e:
            print(f"no pictures: {e}", file=sys.stderr)
            return
        pictures.draw(report, linear, args.pictures)


if __name__ == "__main__":
    main()
