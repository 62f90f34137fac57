"""Attention with other sizes and more keys, decoder layers, whole transformers, and positions by turning."""

import torch
import torch.nn as nn

from modules import case, numbers


def flat(*parts):
    return torch.cat([part.flatten() for part in parts])


def transformers():
    torch.manual_seed(9)
    length, others, batch, size, heads = 4, 3, 2, 4, 2
    query, memory = numbers(length, batch, size), numbers(others, batch, size)
    keys, values = numbers(others, batch, 5), numbers(others, batch, 6)
    causal = torch.ones(length, length).triu(1).bool()
    padding = torch.tensor([[False, False, True, False], [False, True, False, True]])
    memory_padding = torch.tensor([[False, False, True], [False, False, False]])
    memory_mask = torch.tensor([[0.0, 0.5, -1.0]] * 3 + [[1.0, 0.0, 0.0]]).double()

    attend = lambda **options: lambda layer, q, k, v: flat(*layer(q, k, v, **options))
    himself = lambda **options: lambda layer, x: flat(*layer(x, x, x, **options))
    both = {"attn_mask": causal, "key_padding_mask": padding}
    encoder = lambda **options: lambda: nn.TransformerEncoderLayer(size, heads, dim_feedforward=3, **{"dropout": 0.0, **options})
    decoder = lambda **options: lambda: nn.TransformerDecoderLayer(size, heads, dim_feedforward=3, **{"dropout": 0.0, **options})
    masks = {
        "tgt_mask": causal,
        "memory_mask": memory_mask,
        "memory_key_padding_mask": memory_padding,
    }
    whole = lambda **options: lambda: nn.Transformer(
        size, heads, num_encoder_layers=1, num_decoder_layers=2, dim_feedforward=3, **{"dropout": 0.0, **options}
    )
    batched = query.transpose(0, 1).contiguous()
    return {
        "attentionSizes": case(lambda: nn.MultiheadAttention(size, heads, kdim=5, vdim=6), query, keys, values, call=attend()),
        "attentionBiasKv": case(lambda: nn.MultiheadAttention(size, heads, add_bias_kv=True), query, call=himself(**both)),
        "attentionZero": case(
            lambda: nn.MultiheadAttention(size, heads, add_zero_attn=True, add_bias_kv=True, bias=False), query, call=himself()
        ),
        "attentionDropout": case(lambda: nn.MultiheadAttention(size, heads, dropout=0.4), query, call=himself()),
        "encoderNoBias": case(encoder(bias=False, layer_norm_eps=1e-3), query),
        "encoderDropout": case(encoder(dropout=0.3), query),
        "encoderDropoutBatch": case(encoder(dropout=0.3, batch_first=True), batched),
        "encoderDropoutFirst": case(encoder(dropout=0.3, norm_first=True, activation="gelu"), query, src_mask=causal),
        "decoder": case(decoder(), query, memory, **masks),
        "decoderFirst": case(decoder(norm_first=True, activation="gelu"), query, memory, tgt_key_padding_mask=padding),
        "decoderDropout": case(decoder(dropout=0.2), query, memory),
        "transformer": case(whole(), memory, query, tgt_mask=causal),
        "transformerFirst": case(whole(norm_first=True, bias=False, activation="gelu"), memory, query, src_key_padding_mask=memory_padding),
        "transformerDropout": case(whole(dropout=0.1, batch_first=True), memory.transpose(0, 1).contiguous(), batched),
    }


def positions():
    """Rotary positions by complex numbers: neighbours as pairs, and halves."""
    torch.manual_seed(10)
    x = numbers(2, 5, 6).double()
    angles = torch.arange(5).double()[:, None] / 10000 ** (torch.arange(0, 6, 2).double() / 6)
    turn = torch.polar(torch.ones_like(angles), angles)
    neighbours = torch.view_as_real(torch.view_as_complex(x.reshape(2, 5, 3, 2)) * turn).reshape(2, 5, 6)
    halves = torch.complex(x[..., :3], x[..., 3:]) * turn
    return {"x": x.float(), "neighbours": neighbours, "halves": torch.cat([halves.real, halves.imag], -1)}


files = {
    "transformers": transformers,
    "positions": positions,
}
