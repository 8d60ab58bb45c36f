#!/usr/bin/env python3
"""Runs Hinge's kernels on PyTorch's tensors on the GPU, without a copy: Linear and ReLU with gradients.

  cmake -B build/shared -DBUILD_SHARED_LIBS=ON -DHINGE_CUDA=ON ... && cmake --build build/shared
  python3 examples/cuda_pytorch.py [build/shared/runtime/libhinge.so]

It compares the results with PyTorch's own. It exits with 77 if torch, a GPU or the library is missing.
"""
import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

try:
    import torch
except ImportError as error:
    print(f"cuda_pytorch: torch is missing: {error}", file=sys.stderr)
    sys.exit(77)

RELU = 1  # HINGE_ACTIVATION_RELU


class View(ctypes.Structure):
    """hinge_view and hinge_const_view: a row-major matrix of floats."""
    _fields_ = [("data", c_void_p), ("rows", c_int64), ("cols", c_int64), ("row_stride", c_int64),
                ("type", c_int32)]  # 0 is HINGE_FLOAT32


def view(tensor):
    if tensor is None:
        return None
    assert tensor.dtype == torch.float32 and tensor.is_cuda and tensor.stride(1) == 1
    return byref(View(tensor.data_ptr(), *tensor.shape, tensor.stride(0)))


class Hinge:
    """The functions of hinge/cuda.h that this program calls. They raise an error if they fail."""
    FUNCTIONS = {
        "hinge_cuda_linear_packed_bytes": (c_int64, c_int64, POINTER(c_size_t)),
        "hinge_cuda_linear_create_in": (c_void_p, c_size_t, POINTER(View), c_void_p, c_int, c_void_p,
                                        POINTER(c_void_p)),
        "hinge_cuda_linear_repack": (c_void_p, POINTER(View), c_void_p, c_void_p),
        "hinge_cuda_linear_forward": (c_void_p, POINTER(View), POINTER(View), c_void_p),
        "hinge_cuda_linear_backward": (c_int, POINTER(View), POINTER(View), POINTER(View),
                                       POINTER(View), POINTER(View), POINTER(View), c_void_p, c_int,
                                       c_void_p),
    }

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.library.hinge_last_error.restype = c_char_p
        self.library.hinge_cuda_linear_destroy.argtypes = [c_void_p]
        self.library.hinge_cuda_linear_destroy.restype = None
        for name, arguments in self.FUNCTIONS.items():
            function = getattr(self.library, name)
            function.argtypes, function.errcheck = arguments, self.check

    def check(self, status, function, arguments):
        if status != 0:
            raise RuntimeError(self.library.hinge_last_error().decode())


def stream():
    """PyTorch's CUDA stream, so that Hinge's calls run in order with PyTorch's."""
    return torch.cuda.current_stream().cuda_stream


class Packed:
    """Weights packed by Hinge, in memory of PyTorch's allocator, and the version of their source."""

    def __init__(self, hinge, weight, bias):
        size = c_size_t()
        outputs, inputs = weight.shape
        self.library = hinge.library
        self.library.hinge_cuda_linear_packed_bytes(inputs, outputs, byref(size))
        self.memory = torch.empty(size.value, dtype=torch.uint8, device=weight.device)
        self.layer = c_void_p()
        self.library.hinge_cuda_linear_create_in(self.memory.data_ptr(), size, view(weight),
                                                 bias.data_ptr(), RELU, stream(),
                                                 byref(self.layer))
        self.version = (weight._version, bias._version)

    def __del__(self):
        self.library.hinge_cuda_linear_destroy(getattr(self, "layer", None))

    def update(self, weight, bias):
        """Packs the weights again if an optimizer has changed them."""
        version = (weight._version, bias._version)
        if version != self.version:
            self.library.hinge_cuda_linear_repack(self.layer, view(weight), bias.data_ptr(),
                                                  stream())
            self.version = version


class HingeLinearReLU(torch.autograd.Function):
    """torch.relu(torch.nn.functional.linear(x, weight, bias))"""

    @staticmethod
    def forward(ctx, x, weight, bias, packed):
        x = x.contiguous()
        packed.update(weight, bias)
        y = torch.empty(x.shape[0], weight.shape[0], device=x.device)
        packed.library.hinge_cuda_linear_forward(packed.layer, view(x), view(y), stream())
        ctx.save_for_backward(x, weight, y)
        ctx.library = packed.library
        return y

    @staticmethod
    def backward(ctx, dy):
        x, weight, y = ctx.saved_tensors
        by_x, by_weight, by_bias, _ = ctx.needs_input_grad
        dx = torch.empty_like(x) if by_x else None
        dweight = torch.empty_like(weight) if by_weight else None
        dbias = torch.empty(weight.shape[0], device=x.device) if by_bias else None
        ctx.library.hinge_cuda_linear_backward(
            RELU, view(x), view(weight), view(y), view(dy.contiguous()), view(dx), view(dweight),
            dbias.data_ptr() if by_bias else None, 0, stream())
        return dx, dweight, dbias, None


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "build/shared/runtime/libhinge.so"
    if not torch.cuda.is_available():
        print("cuda_pytorch: there is no GPU that torch can use", file=sys.stderr)
        sys.exit(77)
    try:
        hinge = Hinge(path)
    except (OSError, AttributeError) as error:  # a build without HINGE_CUDA has no such functions
        print(f"cuda_pytorch: {path}, a shared build with HINGE_CUDA, is missing: {error}",
              file=sys.stderr)
        sys.exit(77)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(1)
    x = torch.randn(32, 256, device="cuda", requires_grad=True)
    linear = torch.nn.Linear(256, 128, device="cuda")
    dy = torch.randn(32, 128, device="cuda")
    packed = Packed(hinge, linear.weight, linear.bias)
    optimizer = torch.optim.SGD(linear.parameters(), lr=0.1)

    largest = 0.0
    for step in range(3):
        inputs = [x, linear.weight, linear.bias]
        expected_y = torch.relu(linear(x))
        expected = [expected_y, *torch.autograd.grad(expected_y, inputs, dy)]
        y = HingeLinearReLU.apply(*inputs, packed)
        found = [y, *torch.autograd.grad(y, inputs, dy)]
        for name, a, b in zip(("y", "dx", "dweight", "dbias"), found, expected):
            difference = ((a - b).abs().max() / b.abs().max()).item()
            print(f"step {step}  {name:8}largest difference from PyTorch's {difference:.1e}")
            largest = max(largest, difference)
        linear.weight.grad, linear.bias.grad = found[2], found[3]
        optimizer.step()
    if not largest < 1e-5:  # PyTorch adds in another order, so it rounds differently
        sys.exit("cuda_pytorch: other results than PyTorch's")


if __name__ == "__main__":
    main()
