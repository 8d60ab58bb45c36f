#!/usr/bin/env python3
"""Draws the course of a training from the log of hinge_train_digits.

  hinge_train_digits --log build/train.json
  python3 examples/plot_training.py build/train.json build/training.png

`make train PLOT=1` does both.
"""
import argparse
import json

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

# Okabe and Ito's colours, which colour-blind people can distinguish.
BLUE, VERMILION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#666666"
STYLE = {"font.size": 10, "axes.spines.top": False, "axes.spines.right": False,
         "axes.edgecolor": GREY, "figure.facecolor": "white", "savefig.dpi": 110}


def draw(log, path):
    epochs = [e["epoch"] for e in log["epochs"]]

    def percent(*keys):
        values = log["epochs"]
        for key in keys:
            values = [value[key] for value in values]
        return [100 * value for value in values]

    figure, (loss, accuracy, bounds) = plt.subplots(1, 3, figsize=(10.5, 3.4))

    def line(axes, values, color, label):
        axes.plot(epochs, values, color=color, linewidth=1.6, marker="o", markersize=2.5)
        axes.annotate(label, (epochs[-1], values[-1]), xytext=(4, 0), va="center",
                      textcoords="offset points", color=color, fontsize=9)

    loss.plot(epochs, [e["loss"] for e in log["epochs"]], color=BLUE, linewidth=1.6, marker="o",
              markersize=2.5)
    loss.set_yscale("log")
    loss.set_title("mean loss over the epoch", loc="left", fontsize=10)
    train, test = percent("train_accuracy"), percent("test_accuracy")
    line(accuracy, train, BLUE, "training")
    line(accuracy, test, VERMILION, f"test\n{test[-1]:.1f}")
    accuracy.set_title("images read right, %", loc="left", fontsize=10)
    line(bounds, percent("zeros", "fc1"), BLUE, "fc1, 0")
    line(bounds, percent("zeros", "fc2"), GREEN, "fc2, 0")
    line(bounds, percent("sixes", "fc2"), VERMILION, "fc2, 6")
    # The shares of fc1 and fc2 end close to each other, so their labels move apart.
    labels = bounds.texts[:2]
    upper = int(labels[1].xy[1] > labels[0].xy[1])
    labels[upper].set_verticalalignment("bottom")
    labels[1 - upper].set_verticalalignment("top")
    bounds.set_ylim(0, 1.25 * max(percent("zeros", "fc1") + percent("zeros", "fc2")))
    bounds.set_title("outputs at a bound, %", loc="left", fontsize=10)
    for axes in (loss, accuracy, bounds):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.grid(True, color="#E5E5E5", linewidth=0.6)
        axes.set_axisbelow(True)
    figure.suptitle(f"64 → 64, ReLU → 32, ReLU6 → 10 on handwritten digits: seed {log['seed']}, "
                    f"{log['milliseconds_per_epoch']:.2f} ms an epoch on target {log['target']}",
                    x=0.01, ha="left", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log", help="what --log wrote")
    parser.add_argument("picture", help="the PNG to write")
    arguments = parser.parse_args()
    with open(arguments.log, encoding="utf-8") as file:
        log = json.load(file)
    with plt.rc_context(STYLE):
        draw(log, arguments.picture)
    print(f"Picture written to {arguments.picture}")


main()
