# make demo    reads a trained network and real images and runs them through the generated kernels
#              NETWORK=FILE: with that one, e.g. what make train has trained
# make train   trains such a network with Hinge alone; build/digits_trained.safetensors, build/train.json
#              PLOT=1: and draws its course, build/training.png; ARGS="--seed 2", ARGS=--help: its options
# make test    builds and runs the tests; PRESET=debug or asan: in another build (make asan is short)
# make install-test   installs it, and builds projects that use what was installed
# make test-arm64     cross-compiles for 64-bit ARM and runs the same tests under QEMU
# make cycles  estimates the inner loops for ARM's CPUs by llvm-mca, beside their FMA limit
# make tour    shows what ReLU is for, with numbers from the kernels (docs/tour.md); PLOT=1: and draws it
#              into build/
# make bench   times the kernels beside what one would use instead; build/bench.json
# make bench-peers   the same for many shapes, beside every peer that can be had; build/bench-peers.json
#              and two pictures (.png). THREADS=2: those that have threads, with two
# make tune    finds the tile sizes that are fastest here: a profile; ARGS="--quick", see docs/tuning.md
#              PROFILE=zen4, native or a file, with any of them: its tile sizes, see docs/adding-a-cpu.md
# make info    says which instruction sets the library has and which one runs here
#              FILE=...: what Hinge generated in these libraries or programs
# make clean   removes build/, and with it all that was brought
#
# On a machine with g++, make and python3-venv these need nothing else: tools/bootstrap brings Halide,
# CMake, Ninja and the libraries of tests and benches into build/.

PRESET ?= release
PROFILE ?=
BUILD := build/$(PRESET)
export PATH := $(CURDIR)/build/tools/bin:$(PATH)
# Quiet but for warnings and errors: it lists a preset's variables on standard output all the same.
QUIET_CMAKE := cmake > /dev/null --log-level=WARNING \
  "-DCMAKE_PREFIX_PATH=$(CURDIR)/build/tools/wheels/halide;$(CURDIR)/build/deps/usr"
CONFIGURE := $(QUIET_CMAKE) --preset $(PRESET) "-DHINGE_PROFILE=$(PROFILE)"

NETWORK ?=
PLOT ?=

.PHONY: demo train tour test asan install-test test-arm64 cycles bench bench-peers tune info clean

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

# Its generators are those of the build for this machine.
test-arm64:
	@tools/bootstrap json cli gtest arm64
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_generators
	@$(QUIET_CMAKE) --preset arm64 "-DHINGE_NATIVE_BUILD=$(CURDIR)/$(BUILD)" -DHINGE_BUILD_TESTS=ON
	@cmake --build --preset arm64
	@ctest --preset arm64 --parallel 2

cycles:
	@tools/bootstrap json mca
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_generators
	@python3 -B bench/cycles.py cmake $(BUILD)/generators/hinge_generators

bench:
	@tools/bootstrap json bench
	@$(CONFIGURE) -DHINGE_BUILD_BENCH=ON
	@cmake --build --preset $(PRESET) --target hinge_bench
	@$(BUILD)/bench/hinge_bench --benchmark_out=build/bench.json --benchmark_out_format=json
	@python3 bench/report.py build/bench.json

THREADS ?= 1
# build/bench-peers.json, build/bench-peers-2-threads.json
PEERS_OUT := build/bench-peers$(patsubst %,-%-threads,$(filter-out 1,$(THREADS)))

bench-peers:
	@tools/bootstrap json bench peers plot
	@$(CONFIGURE) -DHINGE_BUILD_BENCH=ON
	@cmake --build --preset $(PRESET) --target hinge_bench
	@$(BUILD)/bench/hinge_bench --all --threads=$(THREADS) \
	  --benchmark_out=$(PEERS_OUT).json --benchmark_out_format=json
	@build/tools/venv/bin/python -B bench/report.py $(PEERS_OUT).json --pictures=$(PEERS_OUT)

tune:
	@tools/bootstrap json cli tune
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_measure hinge_info
	@build/tools/venv/bin/python tools/hinge-tune --build $(BUILD) $(ARGS)

info:
	@tools/bootstrap json cli
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_info
	@$(BUILD)/tools/hinge_info $(FILE)

clean:
	rm -rf build
