#!/usr/bin/env python3
"""Draws the pictures of the tour (docs/tour.md) from the series that hinge_tour writes.

  hinge_tour tour.json && python3 examples/plot_tour.py tour.json docs/images/tour

`make tour PLOT=1` does both.
"""
import argparse
import json
import sys

try:
    import matplotlib
except ImportError as e:
    sys.exit(f"no pictures: {e}")

matplotlib.use("Agg")
from matplotlib import pyplot as plt

# Okabe and Ito's colours, which colour-blind people can distinguish: ReLU, ReLU6, no activation.
RELU, RELU6, NONE = "#0072B2", "#D55E00", "#666666"
STYLE = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
         "axes.edgecolor": "#666666", "figure.facecolor": "white", "savefig.dpi": 110,
         "axes.titlelocation": "left", "axes.titlesize": 10.5, "legend.frameon": False}


def numbers(values):
    """Floats. JSON has no infinity and no NaN; its null becomes NaN."""
    return [float("nan") if v is None else v for v in values]


def grid_lines(axes):
    axes.grid(True, color="#E5E5E5", linewidth=0.6)
    axes.set_axisbelow(True)


def functions(series):
    figure, grid = plt.subplots(1, 2, figsize=(8, 2.9), sharex=True)
    for axes, prefix, title in zip(grid, ("", "d"), ("y = act(x)", "act'(x)")):
        for name, label, style in (("relu", "ReLU", "-"), ("relu6", "ReLU6", "--")):
            x, y = numbers(series["x"]), numbers(series[prefix + name])
            # A gap, so that no line connects the two sides of a jump of the derivative.
            jumps = [i for i in range(1, len(y)) if prefix and y[i] != y[i - 1]]
            for i in reversed(jumps):
                x.insert(i, x[i])
                y.insert(i, float("nan"))
            axes.plot(x, y, style, color=RELU if name == "relu" else RELU6, linewidth=2, label=label)
        axes.set_title(title)
        axes.set_xlabel("x")
        axes.set_xticks([-3, 0, 3, 6])
        grid_lines(axes)
    grid[0].legend()
    grid[1].set_ylim(-0.1, 1.2)
    return figure


def xor(series):
    figure, grid = plt.subplots(1, 3, figsize=(10.5, 3.3), width_ratios=(1.25, 1, 1))
    loss = grid[0]
    for name, label, color in (("without", "nothing between", NONE), ("with", "ReLU between", RELU)):
        of_seeds = series[name]["losses"]
        stuck = sum(losses[-1] > 1e-3 for losses in of_seeds)
        for i, losses in enumerate(of_seeds):
            loss.semilogy(range(0, 10 * len(losses), 10), losses, color=color, linewidth=0.8,
                          alpha=0.7, label=None if i else f"{label}: {stuck} of {len(of_seeds)} stay at 1/4")
    loss.set_ylim(1e-8, 2)
    loss.set_xlabel("step of gradient descent")
    loss.set_title("mean squared error")
    loss.legend(loc="upper right", bbox_to_anchor=(1.02, 0.85), fontsize=9, handlelength=1)
    grid_lines(loss)

    count = series["grid"]
    ticks = [-0.5 + 2 * i / (count - 1) for i in range(count)]
    for axes, name, title in zip(grid[1:], ("without", "with"), ("output, nothing between",
                                                               "output, ReLU between")):
        rows = [series[name]["surface"][i * count:(i + 1) * count] for i in range(count)]
        # No level is at 1/2. Without ReLU the output is 1/2 everywhere, and a level there would show
        # the rounding.
        filled = axes.contourf(ticks, ticks, rows, [i / 20 for i in range(-3, 25, 2)], cmap="cividis",
                               extend="both")
        if name == "with":  # without ReLU, everything is at 0.5
            axes.contour(ticks, ticks, rows, [0.5], colors="white", linewidths=1.5)
        for x1, x2 in ((0, 0), (0, 1), (1, 0), (1, 1)):
            axes.text(x1, x2, str(x1 ^ x2), ha="center", va="center", fontweight="bold",
                      bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "linewidth": 0})
        axes.set_aspect("equal")
        axes.set_xticks([0, 1])
        axes.set_yticks([0, 1])
        axes.set_title(title)
    figure.tight_layout()
    figure.colorbar(filled, ax=grid[1:], shrink=0.85, ticks=[0, 0.5, 1])
    return figure


def noise(series):
    figure, axes = plt.subplots(figsize=(7, 2.9))
    units = range(len(series["mean"]))
    before = axes.bar([i - 0.2 for i in units], series["before"], 0.38, color="#BBBBBB")
    after = axes.bar([i + 0.2 for i in units], series["after"], 0.38, color=RELU)
    theory, = axes.plot([i + 0.2 for i in units], series["theory"], "_", color=RELU6, markersize=13,
                        markeredgewidth=2)
    axes.set_xticks(list(units), [f"{mean:.0f}".replace("-0", "0") for mean in series["mean"]])
    axes.set_xlabel("mean of the unit's input, in standard deviations of its noise")
    axes.set_ylim(0, 1.35)
    axes.set_title("variance of a unit's output, by noise alone")
    axes.legend([before, after, theory], ["before ReLU", "after", "after, in theory"], ncols=3,
                loc="upper left", borderaxespad=0)
    return figure


def bound(series):
    figure, grid = plt.subplots(1, 2, figsize=(8.5, 3.2))
    for axes, what, title in zip(grid, ("largest", "loss"), ("largest hidden activation", "loss")):
        for name, label, color in (("relu", "ReLU", RELU), ("relu6", "ReLU6", RELU6)):
            for i, course in enumerate(series[name]):
                values = numbers(course[what])
                axes.semilogy(values, color=color, linewidth=1, alpha=0.7, label=None if i else label)
                last = max(i for i, v in enumerate(values) if v == v)
                if last + 1 < len(values):  # the next values are infinite or NaN
                    axes.plot(last, values[last], "x", color=color, markersize=5)
        axes.set_xlabel("step")
        axes.set_title(title)
        axes.set_xticks(range(0, len(series["relu"][0]["loss"]), 2))
        grid_lines(axes)
    grid[0].axhline(6, color=RELU6, linewidth=0.8, linestyle=":")
    grid[0].plot([], [], "x", color=RELU, linestyle="", label="then inf or NaN")
    grid[0].legend(loc="center right")
    figure.suptitle(f"Learning rate {series['rate']:.2g}, {len(series['relu'])} seeds", x=0.01,
                    y=0.95, ha="left", fontsize=11)
    figure.tight_layout()
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("json", help="what hinge_tour wrote")
    parser.add_argument("prefix", help="draws PREFIX-functions.png, -xor, -noise and -bound")
    args = parser.parse_args()
    with open(args.json, encoding="utf-8") as file:
        series = json.load(file)
    with plt.rc_context(STYLE):
        for draw in (functions, xor, noise, bound):
            path = f"{args.prefix}-{draw.__name__}.png"
            figure = draw(series[draw.__name__])
            figure.savefig(path, bbox_inches="tight")
            plt.close(figure)
            print(path)


if __name__ == "__main__":
    main()
