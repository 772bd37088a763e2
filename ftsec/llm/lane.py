"""A lane: one copy of the network on a device with an optimiser, and two recorded programs, a step and a look.

On a GPU both are CUDA graphs of fixed shape: written down as Python, a step of eight short rows is nothing but kernel
launches. Several lanes of one process run at once, each on a stream of its own. On a CPU the same code runs as it is.
No row needs an attention mask: rows are padded on the right and attention is causal.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import torch
from torch import nn
from torch.nn import functional

from ftsec.llm.chat import IGNORE, LENGTH, PROBE_TARGETS, TRAIN_TARGETS, WRITE_LENGTH, Rows
from ftsec.llm.tuning import CLIP, VIRTUAL_TOKENS, Tuning, add_adapters, reset_adapters

PROBE_BATCH = 100
WRITE_BATCH = 20
PLAIN_CAUSAL = "ftsec_plain_causal"


def autocast(device: torch.device) -> torch.autocast:
    return torch.autocast(device.type, dtype=torch.bfloat16)


def without_masks(network: nn.Module) -> None:
    """Lets the network use causal attention with no mask at all, which records as the fastest kernel."""
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    AttentionInterface.register(PLAIN_CAUSAL, sdpa_attention_forward)
    network.config._attn_implementation = PLAIN_CAUSAL


class Lane:
    """See the module. Not thread-safe: one run at a time.

    Args:
        network: a copy that this lane may change.
        kind: method and optimiser, see `Tuning.lane`.
        batches: the batch sizes it will train with.
    """

    def __init__(self, network: nn.Module, kind: tuple[str, str], batches: Sequence[int], length: int = LENGTH):
        self.kind, self.network, self.length = kind, network, length
        self.device = next(network.parameters()).device
        self.cuda = self.device.type == "cuda"
        self.base = list(network.parameters())
        self.stream = torch.cuda.Stream() if self.cuda else None
        self.pool = torch.cuda.graph_pool_handle() if self.cuda else None
        if self.cuda and network.config.model_type == "llama" and kind[0] != "prefix_tuning":
            without_masks(network)
        self.trained = self._trainable()
        self.rate = torch.tensor(0.0, device=self.device)
        self.optimizer = self._optimizer()
        if self.cuda:
            torch.cuda.synchronize()  # the network was put there on another stream
        with self.here():
            self._programs(batches)

    def here(self):
        """The lane's stream, as a context."""
        return torch.cuda.stream(self.stream) if self.cuda else nullcontext()

    # -- what is trained ------------------------------------------------------------------------------------------

    def _trainable(self) -> list[nn.Parameter]:
        method = self.kind[0]
        if method == "full":
            return self.base
        for parameter in self.base:
            parameter.requires_grad_(False)
        if method == "lora":
            return add_adapters(self.network)
        from peft import PrefixTuningConfig, get_peft_model

        self.network = get_peft_model(
            self.network, PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=VIRTUAL_TOKENS)
        )
        self.network.to(self.device)
        return [p for p in self.network.parameters() if p.requires_grad]

    def _optimizer(self) -> torch.optim.Optimizer:
        if self.kind[1] == "sgd":
            return torch.optim.SGD(self.trained, lr=self.rate, foreach=True)
        return torch.optim.AdamW(
            self.trained, lr=self.rate if self.cuda else 0.0, weight_decay=0.0, fused=True, capturable=self.cuda
        )

    def begin(self, start: Sequence[torch.Tensor], tuning: Tuning, seed: int) -> None:
        """Loads weights, forgets the optimiser's memory, makes fresh adapters and sets the rate."""
        with torch.no_grad():
            torch._foreach_copy_(self.base, list(start))
            for state in self.optimizer.state.values():
                for value in state.values():
                    if torch.is_tensor(value):
                        value.zero_()
        if tuning.method == "lora":
            reset_adapters(self.trained, tuning.lora_rank, seed)
        elif tuning.method == "prefix_tuning":
            self._reset_prefix(seed)
        self.set_rate(tuning.learning_rate)

    def set_rate(self, learning_rate: float) -> None:
        """The learning rate from the next step on."""
        self.rate.fill_(learning_rate)
        if not self.cuda:
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate

    def _reset_prefix(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.trained:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))

    def snapshot(self) -> list[torch.Tensor]:
        """A copy of the network's weights; adapters are not merged into them."""
        return [parameter.detach().clone() for parameter in self.base]

    # -- the recorded programs ------------------------------------------------------------------------------------

    def _programs(self, batches: Sequence[int]) -> None:
        self._steps: dict[int, tuple[_Buffers, Callable[[], object]]] = {}
        for size in batches:
            buffers = _Buffers(size, self.length, TRAIN_TARGETS, self.device)
            self._steps[size] = buffers, self._recorded(lambda b=buffers: self._step(b), warm=2)
        self._look = _Buffers(PROBE_BATCH, self.length, PROBE_TARGETS, self.device)
        self._looked = [torch.zeros(PROBE_BATCH, PROBE_TARGETS, device=self.device) for _ in range(2)]
        self._look_program = self._recorded(self._read, warm=1)
        self._written = _Buffers(WRITE_BATCH, WRITE_LENGTH, 1, self.device)
        self._write_program = self._recorded(self._write_one, warm=1)

    def _recorded(self, function: Callable[[], object], warm: int) -> Callable[[], object]:
        if not self.cuda or self.kind[0] == "prefix_tuning":
            return function
        for _ in range(warm):
            function()
        self.stream.synchronize()
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self.pool, stream=self.stream, capture_error_mode="thread_local"):
                function()
        except RuntimeError as error:  # slower, and right all the same
            warnings.warn(f"not recorded, so every step is launched anew: {error}", RuntimeWarning, stacklevel=2)
            return function
        finally:
            self.optimizer.zero_grad(set_to_none=True)
        return graph.replay

    def logits(self, ids: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        """(n, k, vocabulary): only at the positions that are read, since the vocabulary is most of the work."""
        if self.kind[0] == "prefix_tuning":
            whole = self.network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[:, -ids.shape[1] :]
            return whole.gather(1, at[..., None].expand(-1, -1, whole.shape[-1]))
        decoder = getattr(self.network, self.network.base_model_prefix)
        hidden = decoder(input_ids=ids, use_cache=False).last_hidden_state
        picked = hidden.gather(1, at[..., None].expand(-1, -1, hidden.shape[-1]))
        return self.network.get_output_embeddings()(picked)

    def _step(self, rows: _Buffers) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.device):
            logits = self.logits(rows.ids, rows.at)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), rows.target.flatten(), ignore_index=IGNORE)
        loss.backward()
        nn.utils.clip_grad_norm_(self.trained, CLIP, foreach=True)
        self.optimizer.step()
        rows.loss.copy_(loss.detach())

    @torch.no_grad()
    def _read(self) -> None:
        rows = self._look
        with autocast(self.device):
            logits = self.logits(rows.ids, rows.at).float()
        wanted = rows.target.clamp(min=0)
        said = logits.gather(-1, wanted[..., None])[..., 0] - torch.logsumexp(logits, -1)
        self._looked[0].copy_(said)
        self._looked[1].copy_(logits.argmax(-1) == wanted)

    @torch.no_grad()
    def _write_one(self) -> None:
        rows = self._written
        with autocast(self.device):
            logits = self.logits(rows.ids, rows.at)
        rows.at.add_(1)
        rows.ids.scatter_(1, rows.at, logits[:, 0].argmax(-1, keepdim=True))

    # -- what a run calls -----------------------------------------------------------------------------------------

    def step(self, rows: Rows, which: torch.Tensor) -> None:
        """One optimiser step on the rows `which` (of tensors made by `placed`)."""
        buffers, program = self._steps[len(which)]
        buffers.fill(rows, which)
        program()

    def loss(self, size: int) -> torch.Tensor:
        """The training loss of the last step of this batch size."""
        return self._steps[size][0].loss.clone()

    def look(self, rows: Rows) -> torch.Tensor:
        """(2, n, k): log probability of each target and whether it is the most likely token."""
        n, parts = len(rows.ids), []
        for first in range(0, n, PROBE_BATCH):
            which = torch.arange(first, first + PROBE_BATCH, device=self.device).clamp_(max=n - 1)
            self._look.fill(rows, which)
            self._look_program()
            parts.append(torch.stack(self._looked)[:, : n - first])
        return torch.cat(parts, 1)

    def write(self, rows: Rows, n_tokens: int) -> torch.Tensor:
        """(n, n_tokens): greedy continuations of rows of `WRITE_LENGTH`; at most `WRITE_BATCH` of them."""
        which = torch.arange(WRITE_BATCH, device=self.device).clamp_(max=len(rows.ids) - 1)
        self._written.fill(rows, which)
        begin = self._written.at + 1
        for _ in range(n_tokens):
            self._write_program()
        places = begin + torch.arange(n_tokens, device=self.device)
        return self._written.ids.gather(1, places)[: len(rows.ids)]


class _Buffers:
    """The fixed places that a recorded program reads from."""

    def __init__(self, size: int, length: int, targets: int, device: torch.device):
        self.ids = torch.zeros(size, length, dtype=torch.long, device=device)
        self.at = torch.zeros(size, targets, dtype=torch.long, device=device)
        self.target = torch.zeros(size, targets, dtype=torch.long, device=device)
        self.loss = torch.zeros((), device=device)

    def fill(self, rows: Rows, which: torch.Tensor) -> None:
        for name in ("ids", "at", "target"):
            torch.index_select(getattr(rows, name), 0, which, out=getattr(self, name))


def placed(rows: Rows, device: torch.device) -> Rows:
    """The rows as tensors on a device."""
    return Rows(*(torch.from_numpy(getattr(rows, name)).to(device) for name in ("ids", "at", "target")))
