"""The pictures of `bench/report/report.py --pictures`: a roofline, and the best peer's ratio by shape."""
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results import LEVELS, PEERS

# Okabe and Ito's colours, which colour-blind people can distinguish.
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#666666"
OF_LEVEL = dict(zip(LEVELS, (BLUE, VERMILION, GREEN, PURPLE)))
OF_PEER = {"openblas": ORANGE, "onednn": BLUE, "xnnpack": GREEN, "libxsmm": VERMILION,
           "eigen": PURPLE, "eigen_fixed": SKY, "naive": GREY}
STYLE = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
         "axes.edgecolor": GREY, "figure.facecolor": "white", "savefig.dpi": 120}


def plain_ticks(axis, values):
    axis.set_major_locator(FixedLocator(values))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def subtitle(report):
    threads = f"{report.threads} thread{'s' * (report.threads > 1)}"
    return f"{report.context['cpu'] or 'an unnamed CPU'}, target {report.context['target']}, {threads}"


def roofline(report, rows, path):
    fma = report.limits["fma"].rate("flop") / 1e9
    figure, axes = plt.subplots(figsize=(9, 5.6))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    x_range, y_range = (0.35, 160), (4, fma * 1.5)

    axes.plot(x_range, (fma, fma), color=GREY, linewidth=1.2)
    axes.text(x_range[1], fma * 1.04, f"FMA in registers, {fma:.0f} GFLOP/s", ha="right",
              va="bottom", color=GREY)
    for level in LEVELS:
        rate = report.limits[f"read/{level}"].rate("bytes") / 1e9
        ridge = fma / rate
        axes.plot((x_range[0], ridge), (rate * x_range[0], fma), color=OF_LEVEL[level],
                  linewidth=1.2)

    levels = []
    for row in rows:
        counters = row.hinge.counters
        x = counters["flop"] / counters["bytes"]
        level = report.level(counters["bytes"])
        levels.append(level)
        hinge = row.hinge.rate("flop") / 1e9
        if row.best:
            best = counters["flop"] / row.peers[row.best].time / 1e9
            axes.plot((x, x), (hinge, best), color=OF_LEVEL[level], linewidth=0.8, alpha=0.6)
            axes.plot(x, best, "D", markersize=5, markerfacecolor="white",
                      markeredgecolor=OF_LEVEL[level])
        axes.plot(x, hinge, "o", markersize=5.5, color=OF_LEVEL[level], markeredgecolor="white",
                  markeredgewidth=0.4)

    handles = [Line2D([], [], color=GREY, marker="o", linestyle="", label="Hinge"),
               Line2D([], [], color=GREY, marker="D", linestyle="", markerfacecolor="white",
                      label="best peer")]
    handles += [Line2D([], [], color=OF_LEVEL[level], label=f"{'data in ' * (level in levels)}{level}: "
                       f"{report.limits[f'read/{level}'].rate('bytes') / 1e9:.0f} GB/s")
                for level in LEVELS]
    axes.legend(handles=handles, loc="lower right", frameon=False)
    axes.set_xlim(*x_range)
    axes.set_ylim(*y_range)
    plain_ticks(axes.xaxis, [0.5, 1, 2, 4, 8, 16, 32, 64, 128])
    plain_ticks(axes.yaxis, [5, 10, 20, 50, 100])
    axes.grid(True, color="#E5E5E5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("flop per byte of weights, bias, x and y")
    axes.set_ylabel("GFLOP/s")
    axes.set_title(f"Linear + ReLU, {len(rows)} shapes: {subtitle(report)}", loc="left", fontsize=11)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


def ratios(report, rows, path):
    layers = {}
    for row in rows:
        if row.best:
            layers.setdefault(tuple(row.numbers[1:]), []).append(row)
    columns = min(4, len(layers))
    lines = -(-len(layers) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(2.9 * columns, 2.1 * lines + 0.9),
                                sharey=True, squeeze=False)
    high = 1.15 * max(1.2, *(row.ratio(row.best) for row in rows if row.best))
    for axes in grid.flat[len(layers):]:
        axes.axis("off")
    for axes, ((features, out), of_layer) in zip(grid.flat, layers.items()):
        axes.set_ylim(0, high)
        axes.grid(True, axis="y", color="#E5E5E5", linewidth=0.6)
        axes.set_axisbelow(True)
        for i, row in enumerate(of_layer):
            ratio = row.ratio(row.best)
            axes.bar(i, ratio, width=0.8, color=OF_PEER[row.best])
            axes.annotate(f"{ratio:.2f}", (i, max(ratio, 1)), xytext=(0, 3), ha="center",
                          textcoords="offset points", fontsize=8)
        axes.axhline(1, color="black", linewidth=1)
        axes.set_xticks(range(len(of_layer)), [str(row.numbers[0]) for row in of_layer])
        axes.tick_params(axis="x", length=0, labelsize=8.5)
        axes.set_title(f"{features} → {out}", loc="left", fontsize=10)
    for axes in grid[:, 0]:
        axes.set_ylabel("peer / Hinge")
    for axes in grid[-1]:
        axes.set_xlabel("batch")
    used = [p for p in PEERS if any(row.best == p for row in rows)]
    figure.suptitle(f"Linear + ReLU: time of the best peer over Hinge's, above 1 Hinge is quicker\n"
                    f"{subtitle(report)}", x=0.01, ha="left", fontsize=11)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.legend(handles=[Patch(color=OF_PEER[p], label=PEERS[p]) for p in used],
                  loc="lower left", ncols=len(used), frameon=False)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


def draw(report, rows, prefix):
    with plt.rc_context(STYLE):
        if report.limits:
            roofline(report, rows, f"{prefix}-roofline.png")
        if any(row.best for row in rows):
            ratios(report, rows, f"{prefix}-ratio.png")
