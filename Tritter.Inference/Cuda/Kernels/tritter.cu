// All kernels but those for int4 keys and values, compiled into one file: scripts/cuda-kernels.mjs.
#include "decode.cu"
#include "prefill.cu"
#include "sample.cu"
