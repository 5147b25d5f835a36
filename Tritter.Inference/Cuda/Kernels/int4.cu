// The kernels for int4 keys and values, compiled into a file of their own: scripts/cuda-kernels.mjs.
#include "decode4.cu"
#include "prefill4.cu"
