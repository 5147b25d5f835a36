"""The 7B shape in PyTorch, dense bfloat16: what docs/gpu.md compares Tritter with. Needs a CUDA device and PyTorch 2.
   python3 bench/dense.py"""
import time
import torch
import torch.nn.functional as F

HIDDEN, LAYERS, HEADS, KV_HEADS, FEED_FORWARD, VOCABULARY, HEAD = 4096, 32, 32, 8, 11008, 65536, 128


def matrix(rows, columns):
    return torch.randn(rows, columns, device="cuda", dtype=torch.bfloat16) * columns ** -0.5


class Block:
    def __init__(self, positions):
        self.qkv, self.output = matrix((HEADS + 2 * KV_HEADS) * HEAD, HIDDEN), matrix(HIDDEN, HEADS * HEAD)
        self.gate_up, self.down = matrix(2 * FEED_FORWARD, HIDDEN), matrix(HIDDEN, FEED_FORWARD)
        self.norms = [torch.ones(n, device="cuda", dtype=torch.bfloat16) for n in (HIDDEN, HEADS * HEAD, HIDDEN, FEED_FORWARD, HIDDEN)]
        self.keys = torch.randn(1, KV_HEADS, positions, HEAD, device="cuda", dtype=torch.bfloat16)
        self.values = torch.randn_like(self.keys)

    def __call__(self, x, position, count):
        """x: (count, HIDDEN), the tokens from `position` on. Rotation is left out, which only makes this faster."""
        norm = lambda v, w: F.layer_norm(v, (v.shape[-1],), w)
        q, k, v = F.linear(norm(x, self.norms[0]), self.qkv).split([HEADS * HEAD, KV_HEADS * HEAD, KV_HEADS * HEAD], -1)
        self.keys[0, :, position:position + count] = k.view(count, KV_HEADS, HEAD).transpose(0, 1)
        self.values[0, :, position:position + count] = v.view(count, KV_HEADS, HEAD).transpose(0, 1)
        end = position + count
        attended = F.scaled_dot_product_attention(
            q.view(1, count, HEADS, HEAD).transpose(1, 2), self.keys[:, :, :end], self.values[:, :, :end], is_causal=count > 1, enable_gqa=True)
        x = x + F.linear(norm(attended.transpose(1, 2).reshape(count, HEADS * HEAD), self.norms[1]), self.output)
        gate, up = F.linear(norm(x, self.norms[2]), self.gate_up).chunk(2, -1)
        return x + norm(F.linear(norm(F.relu(gate) ** 2 * up, self.norms[3]), self.down), self.norms[4])


def seconds(run, repeats):
    run()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats


@torch.inference_mode()
def main():
    positions = 4096
    blocks = [Block(positions + 1) for _ in range(LAYERS)]
    embedding = matrix(VOCABULARY, HIDDEN)
    token = torch.zeros(1, dtype=torch.long, device="cuda")

    def forward(ids, position, count):
        x = F.embedding(ids, embedding)
        for block in blocks:
            x = block(x, position, count)
        return F.linear(x[-1:], embedding).argmax(-1)

    print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}")
    a, b = matrix(8192, 8192), matrix(8192, 8192)
    print(f"a product of 8,192: {2 * 8192 ** 3 / seconds(lambda: a @ b, 20) / 1e12:.0f} TFLOP/s")
    for count in (1024, 4096):
        ids = torch.randint(VOCABULARY, (count,), device="cuda")
        print(f"prefill of {count}: {count / seconds(lambda: forward(ids, 0, count), 3):.0f} tokens/s")
    print(f"decode at {positions}, eager: {1 / seconds(lambda: forward(token, positions, 1), 20):.0f} tokens/s")
    forward(token, positions, 1)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        token.copy_(forward(token, positions, 1))
    print(f"decode at {positions}, a CUDA graph: {1 / seconds(graph.replay, 50):.0f} tokens/s; {torch.cuda.max_memory_allocated() / 1e9:.1f} GB")


main()
