"""The orders of samplers, and of loaders that use them."""

import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)


def sampler_orders():
    """Two rounds of each sampler after manual_seed(42), and the next number of the default stream."""

    def rounds(make):
        torch.manual_seed(42)
        sampler = make()
        found = [[int(i) for i in sampler] for _ in range(2)]
        return {"rounds": found, "next": float(torch.rand(1))}

    def own():
        return torch.Generator().manual_seed(7)

    def batches(make):
        torch.manual_seed(42)
        loader = make(TensorDataset(torch.arange(10)))
        found = [[batch[0].tolist() for batch in loader] for _ in range(2)]
        return {"rounds": found, "next": float(torch.rand(1))}

    data = range(10)
    weights = [0.0, 1.0, 2.5, 0.1, 0.0, 4.0, 1e-3]
    return {
        "random": rounds(lambda: RandomSampler(data)),
        "randomOwn": rounds(lambda: RandomSampler(data, generator=own())),
        "randomMany": rounds(lambda: RandomSampler(data, num_samples=23)),
        "replacement": rounds(lambda: RandomSampler(data, replacement=True, num_samples=70)),
        "subset": rounds(lambda: SubsetRandomSampler([3, 1, 4, 15, 9, 2])),
        "weighted": rounds(lambda: WeightedRandomSampler(weights, 50)),
        "weightedOwn": rounds(lambda: WeightedRandomSampler(weights, 20, generator=own())),
        "loaderWeighted": batches(lambda d: DataLoader(d, batch_size=4, sampler=WeightedRandomSampler([1.0] * 10, 10))),
        "loaderBatches": batches(lambda d: DataLoader(d, batch_sampler=BatchSampler(RandomSampler(d), 3, True))),
    }


files = {"samplers": sampler_orders}
