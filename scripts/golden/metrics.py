"""Metrics by their definitions: pairs compared one by one, sums written out."""

import torch
import torch.nn.functional as F


def metrics():
    generator = torch.Generator().manual_seed(11)
    classes, samples = 4, 60
    truth = torch.randint(0, classes, (samples,), generator=generator)
    scores = torch.randn(samples, classes, generator=generator) + F.one_hot(truth, classes)
    guess = scores.argmax(1)

    confusion = torch.zeros(classes, classes, dtype=torch.int64)
    for t, p in zip(truth.tolist(), guess.tolist()):
        confusion[t, p] += 1
    hit = confusion.diagonal().double()
    precision = hit / confusion.sum(0)
    recall = hit / confusion.sum(1)
    f1 = 2 * precision * recall / (precision + recall)
    support = confusion.sum(1).double() / samples

    def averages(figure):
        return {"none": figure, "macro": figure.mean(), "weighted": (figure * support).sum()}

    labels = (truth == 1).long()
    # Scores in steps, so that some are equal.
    chance = (scores.softmax(1)[:, 1] * 20).round() / 20
    positive, negative = chance[labels == 1], chance[labels == 0]
    wins = (positive[:, None] > negative[None]).double() + 0.5 * (positive[:, None] == negative[None]).double()
    steps = []
    for threshold in sorted(set(chance.tolist()), reverse=True):
        taken = chance >= threshold
        found = int(labels[taken].sum())
        steps.append((found / int(taken.sum()), found / int(labels.sum())))
    average_precision = sum(p * (r - before) for (p, r), before in zip(steps, [0.0] + [r for _, r in steps]))

    y = torch.randn(samples, generator=generator, dtype=torch.float64)
    predicted = y + 0.3 * torch.randn(samples, generator=generator, dtype=torch.float64)
    tokens = torch.randint(0, 7, (3, 5), generator=generator)
    logits = torch.randn(3, 5, 7, generator=generator)
    return {
        "truth": truth,
        "scores": scores,
        "accuracy": (guess == truth).double().mean(),
        "top2": (scores.topk(2).indices == truth[:, None]).any(1).double().mean(),
        "confusion": confusion,
        "precision": averages(precision),
        "recall": averages(recall),
        "f1": averages(f1),
        "labels": labels,
        "chance": chance,
        "rocAuc": wins.mean(),
        "averagePrecision": average_precision,
        "y": y,
        "predicted": predicted,
        "mse": F.mse_loss(predicted, y),
        "mae": F.l1_loss(predicted, y),
        "r2": 1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum(),
        "tokens": tokens,
        "logits": logits,
        "perplexity": F.cross_entropy(logits.reshape(-1, 7), tokens.reshape(-1)).exp(),
    }


files = {"metrics": metrics}
