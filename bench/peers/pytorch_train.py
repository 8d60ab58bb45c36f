#!/usr/bin/env python3
"""Times a training epoch of hinge_train_digits beside PyTorch's, in a Python that has torch:

  python3 bench/peers/pytorch_train.py build/release/examples/hinge_train_digits

Both train 64 -> 64 + ReLU -> 32 + ReLU6 -> 10 on the same images: batches of 32 in a new order each
epoch, softmax cross-entropy, SGD with momentum 0.9, one thread. PyTorch runs eager. Its images and labels
are tensors before the clock starts, and its rate changes once an epoch.

The trainings take turns, and the first epoch of each is left out. PyTorch's time is CPU time, because
other processes interrupt its long epochs. Hinge's is wall time.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import torch
from torch import nn

BATCH, EPOCHS, ROUNDS = 32, 30, 7
RATE, MOMENTUM = 0.05, 0.9


def read(path):
    """The images, divided by 16, and the labels of a .safetensors file."""
    data = pathlib.Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])

    def tensor(name):
        begin, end = header[name]["data_offsets"]
        return torch.tensor(list(data[start + begin:start + end])).reshape(header[name]["shape"])
    return tensor("images").float() / 16, tensor("labels")


def train_torch(seed, x, labels):
    """The trained network, and the seconds of each epoch."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU6(), nn.Linear(32, 10))
    for layer in model[::2]:
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, EPOCHS)
    loss_of = nn.CrossEntropyLoss()
    seconds = []
    for _ in range(EPOCHS):
        begin = time.process_time()
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss_of(model(x[rows]), labels[rows]).backward()
            optimizer.step()
        schedule.step()
        seconds.append(time.process_time() - begin)
    return model, seconds


def train_hinge(program, seed):
    """The log of a training by Hinge."""
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log.json")
        subprocess.run([program, "--seed", str(seed), "--epochs", str(EPOCHS), "--batch", str(BATCH),
                        "--log", log], check=True, stdout=subprocess.DEVNULL)
        with open(log, encoding="utf-8") as file:
            return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="hinge_train_digits")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data = pathlib.Path(__file__).resolve().parents[2] / "examples" / "data"
    x, labels = read(data / "digits_train.safetensors")
    test_x, test_labels = read(data / "digits_test.safetensors")

    hinge, pytorch, ratios = [], [], []
    print(f"PyTorch {torch.__version__} ({torch.backends.cpu.get_cpu_capability()}), one thread; "
          f"{EPOCHS} epochs, ms an epoch (median)")
    print("round   Hinge  PyTorch  ratio   test images right")
    for seed in range(1, ROUNDS + 1):
        log = train_hinge(arguments.program, seed)
        model, seconds = train_torch(seed, x, labels)
        hinge.append(statistics.median(epoch["milliseconds"] for epoch in log["epochs"][1:]))
        pytorch.append(1e3 * statistics.median(seconds[1:]))
        ratios.append(pytorch[-1] / hinge[-1])
        with torch.inference_mode():
            right = (model(test_x).argmax(1) == test_labels).float().mean().item()
        print(f"{seed:5} {hinge[-1]:7.3f} {pytorch[-1]:8.2f} {ratios[-1]:5.1f}x   "
              f"{100 * log['epochs'][-1]['test_accuracy']:.1f} %, {100 * right:.1f} %")
    print(f"median{statistics.median(hinge):7.3f} {statistics.median(pytorch):8.2f} "
          f"{statistics.median(ratios):5.1f}x   Hinge on {log['target']}")


main()
