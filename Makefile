# make demo           reads real images with a trained network, on the generated kernels
#                       NETWORK=FILE      reads with another network, for example one of make train
# make train          trains such a network with Hinge alone; writes build/digits_trained.safetensors and
#                     build/train.json
#                       PLOT=1            also draws its course, build/training.png
#                       ARGS="--seed 2"   passes options on; ARGS=--help lists them
# make tour           shows what ReLU is for, with numbers from the kernels (docs/tour.md)
#                       PLOT=1            also draws its pictures into build/
# make test           builds and runs the tests
#                       PRESET=debug      or asan: in another build; make asan is short for the latter
# make install-test   installs Hinge, and builds projects that use the installed one
# make test-arm64     cross-compiles for 64-bit ARM and runs the same tests under QEMU
# make test-windows   cross-compiles for 64-bit Windows and runs the same tests under Wine
# make cycles         estimates the inner loops for ARM's CPUs by llvm-mca, beside their FMA limit
# make bench          times the kernels beside their alternatives; writes build/bench.json
# make bench-peers    times many shapes beside every peer; writes build/bench-peers.json and two pictures
#                       THREADS=2         times Hinge and the peers that have threads, with two
# make tune           finds the fastest tile sizes for this CPU and writes a profile (docs/tuning.md)
#                       ARGS="--quick"    passes options on
# make info           lists the instruction sets of the library and marks the active one
#                       FILE=...          lists what Hinge generated in these libraries or programs
# make clean          removes build/, with everything that the others brought
#
# PROFILE=zen4 builds any of them with the tile sizes of that profile. It may also be a file, or native
# (docs/adding-a-cpu.md).
#
# The machine needs only g++, make and python3-venv. tools/bootstrap brings Halide, CMake, Ninja and the
# libraries of tests and benches into build/.

PRESET ?= release
PROFILE ?=
BUILD := build/$(PRESET)
export PATH := $(CURDIR)/build/tools/bin:$(PATH)
# Prints warnings and errors only. CMake lists a preset's variables on standard output at any log level.
QUIET_CMAKE := cmake > /dev/null --log-level=WARNING \
  "-DCMAKE_PREFIX_PATH=$(CURDIR)/build/tools/wheels/halide;$(CURDIR)/build/deps/usr"
CONFIGURE := $(QUIET_CMAKE) --preset $(PRESET) "-DHINGE_PROFILE=$(PROFILE)"

NETWORK ?=
PLOT ?=

.PHONY: demo train tour test asan install-test test-arm64 test-windows cycles bench bench-peers tune info clean

demo:
	@tools/bootstrap json cli
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_demo_digits hinge_demo_linear
	@$(BUILD)/examples/hinge_demo_digits $(if $(NETWORK),--network "$(NETWORK)")
	@$(BUILD)/examples/hinge_demo_linear

tour:
	@tools/bootstrap json cli $(if $(PLOT),plot)
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_tour
	@$(BUILD)/examples/hinge_tour $(if $(PLOT),build/tour.json)
	@$(if $(PLOT),build/tools/venv/bin/python -B examples/plot_tour.py build/tour.json build/tour)

train:
	@tools/bootstrap json cli $(if $(PLOT),plot)
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_train_digits
	@$(BUILD)/examples/hinge_train_digits --out build/digits_trained.safetensors \
	  --log build/train.json $(ARGS)
ifneq ($(PLOT),)
	@build/tools/venv/bin/python -B examples/plot_training.py build/train.json build/training.png
else
	@echo "To draw its course: make train PLOT=1"
endif
	@echo "To read digits with it: make demo NETWORK=build/digits_trained.safetensors"

test:
	@tools/bootstrap json cli gtest qemu-x86_64 cuda-tools
	@$(CONFIGURE) -DHINGE_BUILD_TESTS=ON -DHINGE_CUDA=ON
	@cmake --build --preset $(PRESET)
	@ctest --preset $(PRESET) --parallel 2

asan:
	@$(MAKE) --no-print-directory test PRESET=asan

install-test:
	@tools/bootstrap json cli gtest qemu-x86_64 cuda-tools
	@$(CONFIGURE) -DHINGE_BUILD_TESTS=ON -DHINGE_CUDA=ON
	@cmake --build --preset $(PRESET)
	@ctest --preset $(PRESET) -R '^(install|layer_configuration)$$'

# The build for this machine provides hingec.
test-arm64 test-windows: test-%:
	@tools/bootstrap json cli gtest $*
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hingec
	@$(QUIET_CMAKE) --preset $* "-DHINGE_NATIVE_BUILD=$(CURDIR)/$(BUILD)" -DHINGE_BUILD_TESTS=ON
	@cmake --build --preset $*
	@ctest --preset $* --parallel 2

cycles:
	@tools/bootstrap json mca
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hingec
	@python3 -B tests/kernels/cycles.py $(BUILD)/generators/hingec

bench:
	@tools/bootstrap json bench
	@$(CONFIGURE) -DHINGE_BUILD_BENCH=ON
	@cmake --build --preset $(PRESET) --target hinge_bench
	@$(BUILD)/bench/hinge_bench --benchmark_out=build/bench.json --benchmark_out_format=json
	@python3 -B bench/report/report.py build/bench.json

THREADS ?= 1
# build/bench-peers, or for example build/bench-peers-2-threads
PEERS_OUT := build/bench-peers$(patsubst %,-%-threads,$(filter-out 1,$(THREADS)))

bench-peers:
	@tools/bootstrap json bench peers plot
	@$(CONFIGURE) -DHINGE_BUILD_BENCH=ON
	@cmake --build --preset $(PRESET) --target hinge_bench
	@$(BUILD)/bench/hinge_bench --all --threads=$(THREADS) \
	  --benchmark_out=$(PEERS_OUT).json --benchmark_out_format=json
	@build/tools/venv/bin/python -B bench/report/report.py $(PEERS_OUT).json --pictures=$(PEERS_OUT)

tune:
	@tools/bootstrap json cli tune
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_measure hinge_info hingec
	@build/tools/venv/bin/python tools/hinge-tune --build $(BUILD) $(ARGS)

info:
	@tools/bootstrap json cli
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_info
	@$(BUILD)/tools/hinge_info $(FILE)

clean:
	rm -rf build
