"""Makes and runs programs for another machine in a cross build."""

import os
import shlex

EMULATOR = shlex.split(os.environ.get("HINGE_EMULATOR", ""))  # in front of a program
CMAKE_ARGUMENTS = shlex.split(os.environ.get("HINGE_CMAKE_ARGUMENTS", ""))  # to configure a project
CC = os.environ.get("HINGE_CC", "cc")
