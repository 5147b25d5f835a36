// All kernels, compiled into one file: scripts/cuda-kernels.mjs.
#include "decode.cu"
#include "prefill.cu"
#include "sample.cu"
