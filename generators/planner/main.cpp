// hingec without Halide. It plans: it reads targets and profiles, refuses errors, and writes
// tables, lists and the sources of layers. It is built when a project is configured, in a few
// seconds, so that refusals come then.
#include "commands.h"

int main(int argc, char **argv) { return hinge::hingec::run({argv + 1, argv + argc}, nullptr); }
