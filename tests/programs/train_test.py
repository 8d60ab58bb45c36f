"""hinge_train_digits as a user runs it, and hinge_demo_digits with the network that it writes.

usage: train_test.py HINGE_TRAIN_DIGITS HINGE_DEMO_DIGITS CASE

It exits with 77 where the CPU lacks the target of the case.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import foreign

TRAIN, DEMO, CASE = sys.argv[1:]
FEW = ("--epochs", "2")
# A step has 1,437 images, so fc1 has 5.9 million products. Threads share that many.
WHOLE = ("--epochs", "3", "--batch", "1437")
MOST_WRONG = 14  # of the 360 test images: 96 % are right


def run(program, *arguments, target=None):
    environment = {**os.environ, **({"HINGE_TARGET": target} if target else {})}
    return subprocess.run([*foreign.EMULATOR, program, *arguments], env=environment, capture_output=True, text=True,
                          check=False)


def train(*arguments, target=None):
    done = run(TRAIN, *arguments, target=target)
    assert done.returncode == 0, done.stderr
    # HINGE_TARGET is a cap: a CPU that lacks the target takes a worse one.
    if target and not re.search(f"target {target},", done.stdout):
        print(done.stdout)
        sys.exit(77)
    return done.stdout


def find(pattern, text):
    match = re.search(pattern, text)
    assert match, f"{pattern} is not in:\n{text}"
    return match


def checksum(output):
    return find(r"Checksum of the weights: ([0-9a-f]{16})\n", output)[1]


def check_accuracy(output):
    right, images = map(int, find(r"Test images read right: (\d+) of (\d+) ", output).groups())
    assert images == 360 and right >= images - MOST_WRONG, output


def default_settings():
    with tempfile.TemporaryDirectory() as folder:
        out, log = pathlib.Path(folder, "network.safetensors"), pathlib.Path(folder, "log.json")
        output = train("--out", str(out), "--log", str(log))
        check_accuracy(output)
        written = json.loads(log.read_text(encoding="utf-8"))
        assert written["checksum"] == checksum(output), written
        epochs = written["epochs"]
        assert [e["epoch"] for e in epochs] == list(range(1, 31)), epochs
        assert epochs[-1]["loss"] < 0.1 * epochs[0]["loss"], epochs
        assert all(0 < e["zeros"][layer] < 1 for e in epochs for layer in ("fc1", "fc2")), epochs

        right = find(r"Test images read right: (\d+) of", output)[1]
        demo = run(DEMO, "--network", str(out))
        assert demo.returncode == 0, demo.stderr
        assert f"Accuracy: {right} of 360 right" in demo.stdout, demo.stdout
        assert "PyTorch" not in demo.stdout and "are dead" in demo.stdout, demo.stdout

        out.write_bytes(out.read_bytes()[:-1])
        demo = run(DEMO, "--network", str(out))
        assert demo.returncode == 1 and "network.safetensors: tensor" in demo.stderr, demo.stderr


def other_seeds():
    sums = set()
    for seed in range(2, 6):
        output = train("--seed", str(seed))
        check_accuracy(output)
        sums.add(checksum(output))
    assert len(sums) == 4, sums


def threads():
    for arguments in (FEW, WHOLE):
        one, again, three = (checksum(train(*arguments, "--threads", t)) for t in "113")
        assert one == again == three, (arguments, one, again, three)


def on_target(name):
    output = train(*FEW, target=name)
    assert f"target {name}," in output, output
    if name == "sse41":  # it rounds twice where the others have an FMA
        check_accuracy(train(target=name))
        return
    for arguments in (FEW, WHOLE):
        best, here = checksum(train(*arguments)), checksum(train(*arguments, target=name))
        assert best == here, (arguments, best, here)


def bad_options():
    def refused(message, *arguments, program=TRAIN, status=2):
        done = run(program, *arguments)
        assert done.returncode == status and re.search(message, done.stdout + done.stderr), (
            arguments, done.returncode, done.stdout, done.stderr)

    refused("--unknown", "--unknown")
    refused("extra", "extra")
    refused("--seed", "--seed", "x")
    refused("--seed", "--seed", "-1")
    refused("--seed", "--seed", str(2**32))
    refused("--epochs.*0 not in", "--epochs", "0")
    refused("--batch.*1.5 not in", "--batch", "1.5")
    refused("--threads.*1025 not in", "--threads", "1025")
    refused("--data.*not exist", "--data", "/nonexistent")
    refused("--unknown", "--unknown", program=DEMO)
    refused("--network.*not exist", "--network", "/nonexistent", program=DEMO)
    refused("/nonexistent/x cannot be written", *FEW, "--out", "/nonexistent/x", status=1)
    refused("/nonexistent/x cannot be written", *FEW, "--log", "/nonexistent/x", status=1)
    refused("--epochs", "--help", status=0)


if CASE.startswith("target:"):
    on_target(CASE.partition(":")[2])
else:
    {"default_settings": default_settings, "other_seeds": other_seeds, "threads": threads,
     "bad_options": bad_options}[CASE]()
