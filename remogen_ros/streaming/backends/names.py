"""Names of the back ends, for those who only name them."""

from typing import Literal

BackendName = Literal["auto", "eager", "onnx", "compile", "cuda_graph"]
