"""Attention, masks and transformer encoder layers."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from support import gradients


def attention():
    """Scaled dot-product and multi-head attention and transformer layers; masks in each way they may be given."""
    torch.manual_seed(8)
    q, k, v = torch.randn(2, 3, 4), torch.randn(2, 5, 4), torch.randn(2, 5, 6)
    allowed = torch.rand(3, 5) > 0.4
    allowed[:, 0] = True
    added = torch.randn(2, 3, 5)
    functional = {}
    for name, options in {
        "plain": {},
        "bool": {"attn_mask": allowed},
        "added": {"attn_mask": added},
        "causal": {"is_causal": True},
    }.items():
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        y = F.scaled_dot_product_attention(*inputs, **options)
        functional[name] = {"y": y, "gradients": gradients(inputs, y)}

    length, others, batch, size, heads = 4, 3, 2, 8, 2
    query, memory = torch.randn(length, batch, size), torch.randn(others, batch, size)
    causal = torch.ones(length, length).triu(1).bool()
    per_head = torch.randn(batch * heads, length, length)
    padding = torch.tensor([[False, False, True, False], [False, True, False, True]])
    multihead = {}
    for name, (settings, key, options) in {
        "self": ({}, query, {}),
        "cross": ({}, memory, {}),
        "noBias": ({"bias": False}, query, {}),
        "batchFirst": ({"batch_first": True}, query, {}),
        "causal": ({}, query, {"attn_mask": causal}),
        "padding": ({}, query, {"key_padding_mask": padding}),
        "both": ({}, query, {"attn_mask": causal, "key_padding_mask": padding}),
        "perHead": ({}, query, {"attn_mask": per_head}),
        "everyHead": ({}, query, {"average_attn_weights": False}),
        "noWeights": ({}, query, {"need_weights": False}),
    }.items():
        torch.manual_seed(42)
        layer = nn.MultiheadAttention(size, heads, **settings)
        after = float(torch.rand(1))
        inputs = [query.clone(), key.clone()]
        if settings.get("batch_first"):
            inputs = [x.transpose(0, 1).contiguous() for x in inputs]
        for x in inputs:
            x.requires_grad_()
        y, weights = layer(inputs[0], inputs[1], inputs[1], **options)
        named = dict(layer.named_parameters())
        found = gradients([*inputs, *named.values()], y)
        multihead[name] = {
            "state": layer.state_dict() if name in ("self", "noBias") else None,  # the others are drawn alike
            "next": after,
            "y": y,
            "weights": weights,
            "gradients": dict(zip(["query", "key", *named], found)),
        }

    encoder = {}
    for name, (settings, options) in {
        "relu": ({}, {}),
        "gelu": ({"activation": "gelu"}, {"src_mask": causal}),
        "normFirst": ({"norm_first": True}, {"src_key_padding_mask": padding}),
    }.items():
        torch.manual_seed(42)
        layer = nn.TransformerEncoderLayer(size, heads, dim_feedforward=6, dropout=0.0, **settings)
        x = query.clone().requires_grad_()
        y = layer(x, **options)
        named = dict(layer.named_parameters())
        found = gradients([x, *named.values()], y)
        stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        encoder[name] = {
            "state": layer.state_dict() if name == "relu" else None,
            "y": y,
            "gradients": dict(zip(["x", *named], found)),
            "stackNames": list(stack.state_dict()),
            "next": float(torch.rand(1)),
            "stacked": stack(query, **{("mask" if key == "src_mask" else key): value for key, value in options.items()}),
        }
    return {
        "functional": {"q": q, "k": k, "v": v, "allowed": allowed, "added": added, "cases": functional},
        "query": query,
        "memory": memory,
        "causal": causal,
        "perHead": per_head,
        "padding": padding,
        "multihead": multihead,
        "encoder": encoder,
    }


files = {
    "attention": attention,
}
