# make demo    reads a trained network and real images and runs them through the generated kernels
# make test    builds and runs the tests; PRESET=debug or asan: in another build (make asan is short)
# make bench   times the kernels beside what one would use instead; build/bench.json
# make tune    finds the tile sizes that are fastest here: a profile; ARGS="--quick", see docs/tuning.md
#              PROFILE=zen4, native or a file, with any of them: its tile sizes, see docs/adding-a-cpu.md
# make info    says which instruction sets the library has and which one runs here
# make clean   removes build/, and with it all that was brought
#
# On a machine with g++, make and python3-venv these need nothing else: tools/bootstrap brings Halide,
# CMake, Ninja and the libraries of tests and benches into build/.

PRESET ?= release
PROFILE ?=
BUILD := build/$(PRESET)
export PATH := $(CURDIR)/build/tools/bin:$(PATH)
CONFIGURE := cmake --preset $(PRESET) --log-level=WARNING "-DHINGE_PROFILE=$(PROFILE)" \
  "-DCMAKE_PREFIX_PATH=$(CURDIR)/build/tools/wheels/halide;$(CURDIR)/build/deps/usr"

.PHONY: demo test asan bench tune info clean

demo:
	@tools/bootstrap json
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_demo_digits hinge_demo_linear
	@$(BUILD)/examples/hinge_demo_digits
	@$(BUILD)/examples/hinge_demo_linear

test:
	@tools/bootstrap json gtest
	@$(CONFIGURE) -DHINGE_BUILD_TESTS=ON
	@cmake --build --preset $(PRESET)
	@ctest --preset $(PRESET) --parallel 2

asan:
	@$(MAKE) --no-print-directory test PRESET=asan

bench:
	@tools/bootstrap json bench
	@$(CONFIGURE) -DHINGE_BUILD_BENCH=ON
	@cmake --build --preset $(PRESET) --target hinge_bench
	@$(BUILD)/bench/hinge_bench --benchmark_out=build/bench.json --benchmark_out_format=json
	@python3 bench/report.py build/bench.json

tune:
	@tools/bootstrap json tune
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_measure hinge_info
	@build/tools/venv/bin/python tools/hinge-tune --build $(BUILD) $(ARGS)

info:
	@tools/bootstrap json
	@$(CONFIGURE)
	@cmake --build --preset $(PRESET) --target hinge_info
	@$(BUILD)/tools/hinge_info

clean:
	rm -rf build
