"""Losses: value and gradients for every reduction, in float64 from inputs that float32 can hold."""

import torch
import torch.nn.functional as F

from support import gradients


def loss_case(function, *inputs, fixed=(), reductions=("mean", "sum", "none"), **options):
    """`fixed` are the positions of inputs that are given, such as targets, whose gradients are not asked for."""
    entry = {"inputs": list(inputs)}
    for reduction in reductions:
        leaves = [
            x.double().requires_grad_(i not in fixed) if isinstance(x, torch.Tensor) and x.is_floating_point() else x
            for i, x in enumerate(inputs)
        ]
        value = function(*leaves, reduction=reduction, **options)
        places = [i for i, x in enumerate(leaves) if isinstance(x, torch.Tensor) and x.requires_grad]
        found = gradients([leaves[i] for i in places], value)
        entry[reduction] = {"value": value, "gradients": {str(i): g for i, g in zip(places, found)}}
    return entry


def nn_losses():
    torch.manual_seed(6)
    x, t = torch.randn(4, 3), torch.randn(4, 3) * 2
    other, third = torch.randn(4, 3), torch.randn(4, 3)
    shares, others = torch.rand(4, 3) * 0.9 + 0.05, torch.rand(4, 3)
    edges = torch.tensor([[0.0, 1.0, 0.5], [1.0, 0.0, 1.0]])
    edge_targets = torch.tensor([[0.0, 1.0, 1.0], [0.0, 1.0, 0.3]])
    bits = torch.randint(0, 2, (4, 3)).float()
    signs, row_signs = bits * 2 - 1, torch.tensor([1.0, -1.0, -1.0, 1.0])
    classes, ignoring = torch.tensor([2, 0, 1, 2]), torch.tensor([2, -100, 1, -100])
    weight, element_weight = torch.tensor([0.2, 1.0, 3.0]), torch.rand(4, 3)
    log_p, q = F.log_softmax(x, 1), F.softmax(t, 1)
    pixels, pixel_classes = torch.randn(2, 3, 2, 2), torch.randint(0, 3, (2, 2, 2))
    pixel_shares = F.softmax(torch.randn(2, 3, 2, 2), 1)
    labels = torch.tensor([[2, 0, -1], [1, -1, 2], [-1, 0, 1], [0, 1, 2]])
    zero_q = torch.tensor([[0.0, 0.4, 0.6], [1.0, 0.0, 0.0]])
    steps = torch.randn(6, 2, 4)
    ctc_targets = torch.tensor([[1, 1, 3], [2, 3, 0]])
    ctc = lambda scores, *rest, **options: F.ctc_loss(F.log_softmax(scores, 2), *rest, **options)
    unfit = torch.tensor([[1, 1, 1], [2, 3, 0]])
    return {
        "elementWeights": {"inputs": [element_weight]},
        "smoothL1": loss_case(F.smooth_l1_loss, x, t),
        "smoothL1Beta": loss_case(F.smooth_l1_loss, x, t, beta=0.4),
        "smoothL1Zero": loss_case(F.smooth_l1_loss, x, t, beta=0.0),
        "huber": loss_case(F.huber_loss, x, t, delta=0.7),
        "mse": loss_case(F.mse_loss, x, t),
        "l1": loss_case(F.l1_loss, x, t),
        "bce": loss_case(F.binary_cross_entropy, shares, others),
        "bceWeight": loss_case(F.binary_cross_entropy, shares, bits, fixed=(1,), weight=element_weight.double()),
        "bceEdges": loss_case(F.binary_cross_entropy, edges, edge_targets, fixed=(1,)),
        "bceWithLogits": loss_case(F.binary_cross_entropy_with_logits, x * 15, others),
        "bceWithLogitsZero": loss_case(F.binary_cross_entropy_with_logits, torch.zeros(2, 2), others[:2, :2].contiguous()),
        "bceWithLogitsWeights": loss_case(
            F.binary_cross_entropy_with_logits, x, others, weight=element_weight.double(), pos_weight=weight.double()
        ),
        "crossEntropyPixels": loss_case(F.cross_entropy, pixels, pixel_classes),
        "crossEntropyPixelsWeight": loss_case(F.cross_entropy, pixels, pixel_classes, weight=weight.double(), ignore_index=1),
        "crossEntropyPixelsSmooth": loss_case(F.cross_entropy, pixels, pixel_classes, label_smoothing=0.2, ignore_index=1),
        "crossEntropyAll": loss_case(
            F.cross_entropy, x, ignoring, weight=weight.double(), label_smoothing=0.3
        ),
        "crossEntropySoft": loss_case(F.cross_entropy, pixels, pixel_shares),
        "crossEntropySoftAll": loss_case(F.cross_entropy, pixels, pixel_shares, weight=weight.double(), label_smoothing=0.1),
        "crossEntropyOne": loss_case(F.cross_entropy, x[0], torch.tensor(2)),
        "nllPixels": loss_case(F.nll_loss, pixels, pixel_classes, weight=weight.double(), ignore_index=2),
        "klDiv": loss_case(F.kl_div, log_p, q, reductions=("mean", "sum", "none", "batchmean")),
        "klDivLog": loss_case(F.kl_div, log_p, t, log_target=True, reductions=("mean", "sum", "none", "batchmean")),
        "klDivZero": loss_case(F.kl_div, log_p[:2], zero_q, fixed=(1,)),
        "hingeEmbedding": loss_case(F.hinge_embedding_loss, x, signs, fixed=(1,), margin=0.8),
        "marginRanking": loss_case(F.margin_ranking_loss, x, other, signs, fixed=(2,), margin=0.5),
        "softMargin": loss_case(F.soft_margin_loss, x, signs, fixed=(1,)),
        "multiMargin": loss_case(F.multi_margin_loss, x, classes),
        "multiMarginSquared": loss_case(F.multi_margin_loss, x, classes, p=2, margin=1.5, weight=weight.double()),
        "multiMarginOne": loss_case(F.multi_margin_loss, x[0], torch.tensor(1)),
        "multiLabelMargin": loss_case(F.multilabel_margin_loss, x, labels),
        "multiLabelMarginOne": loss_case(F.multilabel_margin_loss, x[0], labels[0]),
        "multiLabelSoftMargin": loss_case(F.multilabel_soft_margin_loss, x, bits, fixed=(1,), weight=weight.double()),
        "cosineEmbedding": loss_case(F.cosine_embedding_loss, x, other, row_signs, fixed=(2,), margin=0.1),
        "cosineEmbeddingOne": loss_case(F.cosine_embedding_loss, x[0], other[0], torch.tensor(1.0), fixed=(2,)),
        "tripletMargin": loss_case(F.triplet_margin_loss, x, other, third),
        "tripletMarginSwap": loss_case(F.triplet_margin_loss, x, other, third, margin=2.0, p=1.5, swap=True),
        "tripletDistance": loss_case(
            F.triplet_margin_with_distance_loss, x, other, third, margin=0.5, swap=True,
            distance_function=lambda a, b: (a - b).abs().sum(-1),
        ),
        "gaussianNll": loss_case(F.gaussian_nll_loss, x, t, shares),
        "gaussianNllFull": loss_case(F.gaussian_nll_loss, x, t, shares[:, :1].contiguous(), full=True),
        "gaussianNllRows": loss_case(F.gaussian_nll_loss, x, t, torch.tensor([0.5, 0.0, 1.0, 2.0]), eps=1e-2),
        "poissonNll": loss_case(F.poisson_nll_loss, x, others * 3),
        "poissonNllFull": loss_case(F.poisson_nll_loss, shares, others * 3, fixed=(1,), log_input=False, full=True),
        "ctc": loss_case(ctc, steps, ctc_targets, [6, 5], [3, 2]),
        "ctcFlat": loss_case(ctc, steps, torch.tensor([1, 3, 2]), [6, 4], [1, 2], blank=2 - 2),
        "ctcBlank": loss_case(ctc, steps, torch.tensor([[1, 1], [2, 0]]), [6, 4], [2, 1], blank=3),
        "ctcEmpty": loss_case(ctc, steps, ctc_targets, [6, 5], [0, 2]),
        "ctcInfinite": loss_case(ctc, steps, unfit, [4, 6], [3, 2], zero_infinity=True),
    }


files = {
    "nn-losses": nn_losses,
}
